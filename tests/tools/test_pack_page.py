"""What becomes of the files of web/ on their way into the program."""

from pack_page import without_comments

SCRIPT = """/** A module. */

import { a } from "./a.js";
/**
 * Does it.
 *
 * @param {string} url
 */
export function run(url) {
  // Not this one.
  const there = /** @type {string} */ (url); // nor this
  /** @type {Record<string, string>} */
  const found = {};
  /** @type {number} */ (found.x) = 1;
  return a(`http://x/*y*/`, "//", found);
}
"""


def test_comments_with_lines_of_their_own_are_left_out_and_lines_keep_their_numbers() -> None:
    lines = without_comments(SCRIPT).split("\n")
    assert len(lines) == len(SCRIPT.split("\n"))
    kept = {number: line for number, line in enumerate(lines, 1) if line}
    assert sorted(kept) == [3, 9, 11, 13, 14, 15, 16]
    assert all(line == SCRIPT.split("\n")[number - 1] for number, line in kept.items())
