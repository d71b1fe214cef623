// What stands where in the window: every word with its box, and the text of every fact and paragraph.
() => {
  const words = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    const size = parseFloat(getComputedStyle(parent).fontSize);
    for (const match of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const boxes = range.getClientRects();
      const box = range.getBoundingClientRect();
      const inside = box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
      // Each end of the word has to be what is seen there, which covers both windows above it and boxes that cut it.
      const seen = [box.left + 1, (box.left + box.right) / 2, box.right - 1].every((x) => {
        const top = document.elementFromPoint(x, (box.top + box.bottom) / 2);
        return top !== null && (top === parent || parent.contains(top) || top.contains(parent));
      });
      const fact = parent.closest("[data-fact]");
      words.push({
        text: match[0], x: box.left, y: box.top, width: box.width, height: box.height, size,
        visible: inside && seen && boxes.length === 1, fact: fact === null ? "" : fact.dataset.fact,
      });
    }
  }
  const crop = document.querySelector("[data-crop]")?.getBoundingClientRect();
  return {
    words,
    blocks: document.body.innerText.split("\n").map((line) => line.trim()).filter((line) => line !== ""),
    crop: crop ? { x: crop.left, y: crop.top, width: crop.width, height: crop.height } : null,
  };
}
