// What is said. Nothing here tells how anything is judged.

export const HINTS = {
  no_face: "I cannot see your face",
  too_dark: "A little more light on your face, please",
  too_bright: "A little less light, please",
  too_far: "Come a little closer",
  too_close: "Move back a little",
  off_centre: "Move to the middle of the oval",
  head_cut_off: "Your whole head should be in the picture",
  blurred: "Hold still for a moment: the picture is blurred",
  look_ahead: "Look straight ahead and keep still",
};

export const DETAILS = {
  calibrate: "Relax. This is how the camera gets to know your face at rest.",
  rest: "Back to the middle, and wait for the next.",
  still: "Look ahead and breathe. Nearly there.",
  flash: "",
  perform: "Sing as you would in the film. Nobody hears you: there is no microphone.",
};

export const PROBLEMS = {
  form: "Something in the form is not right. Please look it over.",
  notice: "The notice has changed since you opened the page. Please load it again and read it.",
  later: "It cannot be done now. Please come back in an hour.",
  away: "Limelight does not answer. Was it closed in the terminal? Run limelight verify again, and open the new address.",
  visit: "This page is too old. Please open it anew from the terminal.",
};

export const CAMERA_PROBLEMS = {
  NotAllowedError: "The camera was not allowed. You can allow it beside the address, then try again.",
  NotFoundError: "There is no camera. Connect one, then try again.",
  NotReadableError: "Another program is using the camera. Close it, then try again.",
};
export const CAMERA_PROBLEM = "The camera could not be turned on. Please try again.";

export const RESULTS = {
  pass: {
    title: "That’s you.",
    text: "Your likeness is sealed in the vault of this computer. You can be in films now.",
    note: "To close it: limelight star revoke. To destroy it: limelight star forget. At any time.",
  },
  fail: {
    title: "Not this time.",
    text: "It could not be confirmed that it is you, live at this camera. Nothing of you was kept.",
    note: "",
  },
  retry: {
    title: "Once more, please.",
    text: "It was not completed. Nothing of you was kept.",
    note: "",
  },
  pending: {
    title: "Thank you.",
    text: "You chose another way through, so a second person looks at your pictures. They are kept encrypted until then, for two weeks at most.",
    note: "",
  },
  left: {
    title: "Stopped.",
    text: "The camera is off, and nothing of you was kept.",
    note: "",
  },
};
