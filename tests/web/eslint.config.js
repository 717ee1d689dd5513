/** Run from the root of the repository, so that web/ is below it: `make lint`. */

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/node_modules/"] },
  js.configs.recommended,
  {
    files: ["web/**/*.js", "tests/web/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      complexity: ["error", 14],
      curly: "error",
      eqeqeq: "error",
      "max-lines": ["error", 420],
      "max-lines-per-function": ["error", 70],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
          property,
          message: "mails are hostile: make elements with core/dom.js",
        })),
      ],
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  { files: ["tests/web/**/*.js"], languageOptions: { globals: globals.node } },
];
