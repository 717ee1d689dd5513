/** Menus: dialogs that open below what they belong to, and close by a press beside them. */

/**
 * @param {HTMLElement} anchor
 * @param {HTMLDialogElement} dialog
 */
export function openMenu(anchor, dialog) {
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  const { left, bottom } = anchor.getBoundingClientRect();
  dialog.style.left = `${Math.max(8, Math.min(left, innerWidth - dialog.offsetWidth - 8))}px`;
  dialog.style.top = `${Math.max(8, Math.min(bottom + 4, innerHeight - dialog.offsetHeight - 8))}px`;
}
