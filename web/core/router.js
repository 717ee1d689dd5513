/** What the address says is shown, and the other way round; with it back, forward and links to a message work. */

import { ROOT } from "./api.js";

/**
 * The messages that a search finds, and one of them, if one is open; or what was rejected.
 *
 * @typedef {object} Route
 * @property {string} query "": all mails.
 * @property {string | null} id
 * @property {"attempts"} [place] The mails, without.
 */

/**
 * @param {Route} route
 * @returns {string}
 */
function urlOf(route) {
  const path = route.id === null ? (route.place ?? "./") : `view/${encodeURIComponent(route.id)}`;
  const url = new URL(path, ROOT);
  if (route.query !== "") {
    url.searchParams.set("query", route.query);
  }
  return url.href;
}

/** @returns {Route} What the address says now. */
function readRoute() {
  const rest = location.pathname.slice(ROOT.pathname.length);
  const id = /^view\/([^/]+)$/.exec(rest);
  return {
    query: new URLSearchParams(location.search).get("query") ?? "",
    id: id ? decodeURIComponent(id[1]) : null,
    place: rest === "attempts" ? "attempts" : undefined,
  };
}

/** Tells of every change of place by an event `change`. */
class Router extends EventTarget {
  /** @type {Route} */
  route = readRoute();

  constructor() {
    super();
    addEventListener("popstate", () => this.#show(readRoute()));
    document.addEventListener("click", (event) => this.#follow(event));
  }

  /**
   * @param {Partial<Route>} change
   * @param {{ replace?: boolean }} [options] `replace`: going back leads to the place before this one.
   */
  go(change, { replace = false } = {}) {
    const { id, query, place } = this.route;
    const route = { id, query, ...change };
    if (route.id === id && route.query === query && route.place === place) {
      return;
    }
    history[replace ? "replaceState" : "pushState"](null, "", urlOf(route));
    this.#show(route);
  }

  /** @param {Route} route */
  #show(route) {
    this.route = route;
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Links to places of the page lead there without loading it again. Those for a new tab are the browser's.
   *
   * @param {MouseEvent} event
   */
  #follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a[data-route]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.button !== 0) {
      return;
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
      return;
    }
    event.preventDefault();
    this.go(JSON.parse(link.dataset.route ?? "{}"));
  }
}

export const router = new Router();

/**
 * What makes a link lead to a place: h("a", linkTo({ query: "is:unread", id: null }), …).
 *
 * @param {Route} route
 * @returns {{ href: string, "data-route": string }}
 */
export function linkTo(route) {
  return { href: urlOf(route), "data-route": JSON.stringify(route) };
}
