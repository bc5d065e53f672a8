// What is wrong with the page as it stands, as a list of sentences; axe looks at the rest.
() => {
  const wrong = [];
  const say = (sentence, element) => wrong.push(element ? `${sentence}: ${element.outerHTML.slice(0, 200)}` : sentence);
  const seen = (element) => element.checkVisibility({ checkVisibilityCSS: true });
  const all = (selector) => [...document.querySelectorAll(selector)];

  const headings = all("h1").filter(seen).length;
  if (headings !== 1) say(`${headings} visible h1`);
  const excess = document.scrollingElement.scrollWidth - innerWidth;
  const reaches = (element) => seen(element) && element.getBoundingClientRect().right > innerWidth + 1;
  if (excess > 0) say(`${excess} px too wide`, all("body *").filter(reaches).pop());

  // Content that became markup.
  for (const element of all("*")) {
    for (const { name, value } of element.attributes) {
      if (/^(on|hx-on)/i.test(name) || /^\s*javascript:/i.test(value)) say(`${name} runs code`, element);
    }
  }
  for (const element of all("script, style, iframe, object, embed, base, meta[http-equiv]")) {
    if (!element.src?.startsWith(`${location.origin}/static/`)) say("not ours", element);
  }

  // Focus shows on the control, on what stands for it, or on a card around it.
  const parts = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderColor", "backgroundColor"];
  const look = (control) => {
    const around = [control, control.nextElementSibling];
    for (let parent = control.parentElement; parent && parent.matches("main *, header *, dialog *"); parent = parent.parentElement) around.push(parent);
    return around.map((element) => element && parts.map((part) => getComputedStyle(element)[part]).join()).join(";");
  };
  const before = document.activeElement;
  for (const control of all("a[href], button, input, select, textarea, summary")) {
    if (!seen(control) || control.disabled || control.tabIndex < 0) continue;
    control.blur();
    const calm = look(control);
    control.focus({ focusVisible: true, preventScroll: true });
    if (document.activeElement === control && look(control) === calm) say("focus does not show", control);
  }
  document.activeElement.blur();
  before.focus?.({ preventScroll: true });
  return [...new Set(wrong)];
}
