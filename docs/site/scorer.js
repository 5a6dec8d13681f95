// Sphinx's own scores. Of pages that only contain the word, those of components come before the notebooks.
var Scorer = {
  score: ([page, , , , score]) => (/^components\/(?!index$)/.test(page) ? score + 4 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
