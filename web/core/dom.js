/** Making elements. Texts become text nodes, never markup: what messages say is hostile. */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element with properties, attributes, listeners and children:
 * h("button", { class: "quiet", "aria-label": "Close", onclick: close }, icon("close")).
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [options] `on…` are listeners; null, undefined and false leave an attribute out.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else {
      setAttribute(element, name, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {unknown} value True is an empty attribute; null, undefined and false take it away.
 */
export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** Lines on a field of 16 by 16. */
const ICONS = {
  alert: "M8 2.5 14.5 13.5H1.5zM8 6.5v3.5M8 11.8v.2",
  archive: "M2.5 2.500h11v3h-11zM3.500 5.500v8h9v-8M6.500 8h3",
  back: "M9.5 3.5 5 8l4.5 4.5M5 8h8",
  bell: "M4 11V7.5a4 4 0 0 1 8 0V11l1 1H3zM6.8 14h2.4",
  blocked: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 3.800l8.4 8.400",
  bookmark: "M4.5 2.5h7v11L8 10.8l-3.5 2.700z",
  calendar: "M2.5 4h11v9.500h-11zM2.5 7h11M5.5 2.500v3M10.5 2.500v3",
  check: "M3 8.5 6.5 12 13 4.5",
  clip: "M12.5 7.5 8 12a2.8 2.8 0 0 1-4-4l5-5a1.9 1.9 0 0 1 2.7 2.700l-4.9 4.900a.9.9 0 0 1-1.3-1.300L10 4.8",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.800V8l2.2 1.5",
  close: "M4 4l8 8M12 4l-8 8",
  contrast: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M8 5h4.500M8 8h5.500M8 11h4.500",
  copy: "M5.5 5.500h7v8h-7zM3.5 10.500v-8h7",
  desktop: "M1.5 3h13v8h-13zM5.5 13.500h5M8 11v2.500",
  damaged: "M2 3h12v4l-2.500 1.500 1.500 2-1 2.500H2zM2 11l3.5-3.500 2.500 2.500",
  down: "M3.5 6 8 10.5 12.5 6",
  download: "M8 2.500v7.500M4.8 7 8 10.2 11.2 7M2.5 13.500h11",
  envelope: "M2 3.500h12v9H2zM2 4l6 5 6-5",
  expand: "M2.5 6V2.500H6M10 2.500h3.500V6M13.5 10v3.500H10M6 13.500H2.500V10",
  file: "M4 1.500h5.5L12.5 4.500v10H4zM9 1.500v3.500h3.5",
  flag: "M8 2.200l1.8 3.7 4 .6-2.9 2.9.7 4L8 11.500l-3.6 1.9.7-4-2.9-2.9 4-.6z",
  help: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.2 6.4a1.850 1.850 0 1 1 2.700 1.700C8.300 8.400 8 8.800 8 9.500M8 11.400v.1",
  image: "M2 3h12v10H2zM2 11l3.5-3.500 3 3 2-2L14 12M10.5 6h.1",
  inbox: "M2 9.5 4 3h8l2 6.500V13H2zM2 9.500h3.500L6.5 11h3l1-1.500H14",
  keys: "M1.5 4.500h13v7h-13zM4 7h.1M6.6 7h.1M9.3 7h.1M12 7h.1M5 9.500h6",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.300v3.500M8 5.200v.2",
  key: "M10.5 8.500a3 3 0 1 0-2.700-1.700L2.5 12v1.500H4.8V12h1.500v-1.500h1.400l.8-.8M10.8 5.200h.1",
  link: "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.300-2.300a2.6 2.6 0 0 0-3.700-3.700l-.9.9M9.2 6.800a2.6 2.6 0 0 0-3.700 0L3.200 9.100a2.6 2.6 0 0 0 3.700 3.700l.9-.9",
  lock: "M4 7h8v6.500H4zM5.5 7V5a2.5 2.500 0 0 1 5 0v2",
  mailOpen: "M2 6.5 8 2.500l6 4V13H2zM2 6.500l6 4.5 6-4.5",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  moon: "M13 9.500A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.500z",
  next: "M6 3.5 10.5 8 6 12.5",
  play: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.800 5.500v5l4-2.500z",
  person: "M8 8a2.7 2.7 0 1 0 0-5.400A2.7 2.7 0 0 0 8 8zM2.8 13.500a5.2 5.2 0 0 1 10.4 0",
  phone: "M4.5 1.500h7v13h-7zM7.3 12.500h1.400",
  plus: "M8 3v10M3 8h10",
  print: "M4.5 5.500V2h7v3.500M4.5 11H2.500V5.500h11V11h-2M4.5 9h7v5h-7z",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14",
  send: "M2 8 14 2.5 10.5 13.5 7.5 9zM7.5 9 14 2.5",
  talk: "M2 3h9v6H6L3.5 11.500V9H2zM13 6h1v6h-1.500v2L10 12H7.5",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.500V3M8 13v1.500M1.5 8H3M13 8h1.500M3.4 3.400l1 1M11.6 11.600l1 1M3.4 12.600l1-1M11.6 4.400l1-1",
  tablet: "M3 1.500h10v13H3zM7.3 12.500h1.400",
  tag: "M2.5 2.500H8l5.8 5.8-5.5 5.500L2.5 8zM5.3 5.300h.1",
  trash: "M3 4.500h10M6 4.500V3h4v1.500M4.5 4.500l.6 9h5.800l.6-9",
  side: "M2 3h12v10H2zM6.500 3v10",
  stretch: "M4.5 5.500 2 8l2.5 2.500M11.5 5.500 14 8l-2.500 2.500M2 8h12",
  up: "M3.5 10 8 5.5 12.5 10",
};

/** @typedef {keyof typeof ICONS} IconName */

/**
 * A picture beside a text or an aria-label, which says the same; so it is hidden from screen readers.
 *
 * @param {IconName} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * @param {IconName} name
 * @param {string} label Read out, and shown when the pointer rests on it.
 * @param {(event: Event) => void} onclick
 * @param {Record<string, unknown>} [options]
 * @returns {HTMLButtonElement}
 */
export function iconButton(name, label, onclick, options = {}) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...options },
    icon(name),
  );
}

/**
 * Loads a style sheet of the page once: loadStyle("mail/mail.css").
 *
 * @param {string} path Below web/.
 */
export function loadStyle(path) {
  const href = new URL(`../${path}`, import.meta.url).href;
  if (![...document.styleSheets].some((sheet) => sheet.href === href)) {
    document.head.append(h("link", { rel: "stylesheet", href }));
  }
}
