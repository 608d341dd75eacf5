/** Our own styles only; static/vendor holds other people's. */
const AUTHOR_DECIDES = null;

export default {
  extends: "stylelint-config-standard",
  ignoreFiles: ["static/vendor/**"],
  rules: {
    "declaration-no-important": true,
    // Colours are written as the OKLCH literature has them: lightness 0–1, hue in degrees without a unit.
    "alpha-value-notation": AUTHOR_DECIDES,
    "hue-degree-notation": "number",
    "lightness-notation": "number",
    // A component's part and state are written block__part and block--state; a scale may go below zero (--step--1).
    "custom-property-pattern": "^[a-z0-9]+(?:-{1,2}[a-z0-9]+)*$",
    "selector-class-pattern": "^[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:__[a-z0-9]+(?:-[a-z0-9]+)*)?(?:--[a-z0-9]+(?:-[a-z0-9]+)*)?$",
    "value-keyword-case": ["lower", { ignoreProperties: ["font-family", "/^--font/"], camelCaseSvgKeywords: true }],
    // Safari still wants these two by their old names.
    "property-no-vendor-prefix": [true, { ignoreProperties: ["text-size-adjust", "line-clamp"] }],
    // The cascade layers decide who wins, not the order of selectors within a file.
    "no-descending-specificity": AUTHOR_DECIDES,
    // Blank lines group what belongs together.
    "at-rule-empty-line-before": AUTHOR_DECIDES,
    "comment-empty-line-before": AUTHOR_DECIDES,
    "custom-property-empty-line-before": AUTHOR_DECIDES,
    "declaration-empty-line-before": AUTHOR_DECIDES,
    "rule-empty-line-before": AUTHOR_DECIDES,
    "font-family-name-quotes": AUTHOR_DECIDES,
  },
};
