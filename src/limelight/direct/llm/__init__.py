"""Direct by language model: a plan of the whole film, then its shots; the rules director catches every fall."""
