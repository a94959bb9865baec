// A table or drawing that is wider than the screen says so, and can be scrolled by keyboard.
function mark() {
  for (const each of document.querySelectorAll(".pst-scrollable-table-container, .frame")) {
    const wide = each.scrollWidth > each.clientWidth + 1;
    each.classList.toggle("wide", wide);
    if (wide) each.setAttribute("tabindex", "0");
    else each.removeAttribute("tabindex");
  }
}
window.addEventListener("load", mark);
window.addEventListener("resize", mark);
