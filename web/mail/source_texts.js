/** What the sources of a message say; it is loaded with them. */

import { addTexts } from "../core/messages.js";

addTexts({
  "source.form": "Form of the source",
  "source.sent": "As sent",
  "source.formatted": "Formatted",
  "source.wrap": "Wrap lines",
});
