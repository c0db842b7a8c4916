// Values over nights, as plots and as tables. Text goes into the page as text nodes only.

function make(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function draw(name, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function short(value) {
  if (value >= 1e6) return (value / 1e6).toPrecision(3) + ' M';
  if (value >= 1e4) return (value / 1e3).toPrecision(3) + ' k';
  return String(Number(value.toPrecision(3)));
}

const WIDTH = 340, HEIGHT = 130, LEFT = 48, RIGHT = 8, TOP = 10, BOTTOM = 20;

// Axes from 0 to the largest value, with the first and the last of the nights below.
function frame(label, nights, most) {
  const x = i => nights.length < 2 ? (LEFT + WIDTH - RIGHT) / 2
    : LEFT + 8 + i * (WIDTH - LEFT - RIGHT - 16) / (nights.length - 1);
  const y = value => HEIGHT - BOTTOM - value / (most || 1) * (HEIGHT - TOP - BOTTOM);
  const svg = draw('svg', {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label});
  for (const value of most ? [0, most / 2, most] : [0]) {
    if (Number.isInteger(most) && !Number.isInteger(value)) continue;
    svg.append(draw('line', {class: 'axis', x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value)}),
      draw('text', {x: LEFT - 5, y: y(value) + 4, 'text-anchor': 'end'}, short(value)));
  }
  const last = nights.length - 1;
  svg.append(draw('text', {x: LEFT, y: HEIGHT - 4}, nights[0].when.slice(0, 10)));
  if (last > 0) {
    svg.append(draw('text', {x: WIDTH - RIGHT, y: HEIGHT - 4, 'text-anchor': 'end'},
      nights[last].when.slice(0, 10)));
  }
  return {svg, x, y};
}

function figure(svg, caption) {
  return make('figure', {}, make('figcaption', {}, caption), svg);
}

// points: {night, value, taken}, night being an index; `taken`: not measured in that night.
function curve(caption, nights, points) {
  const values = points.map(point => point.value);
  const label = `${caption}, ${nights.length} nights: first ${short(values[0])}, ` +
    `last ${short(values[values.length - 1])}`;
  const {svg, x, y} = frame(label, nights, Math.max(...values));
  svg.append(draw('polyline', {class: 'curve',
    points: points.map(point => `${x(point.night)},${y(point.value)}`).join(' ')}));
  for (const {night, value, taken} of points) {
    svg.append(draw('circle', {class: taken ? 'dot taken' : 'dot', cx: x(night), cy: y(value), r: 3},
      draw('title', {}, `night ${nights[night].id}, ${nights[night].when}: ${short(value)}` +
        (taken ? ', taken over' : ''))));
  }
  return figure(svg, caption);
}

// How many cells of each of these statuses, on top of each other.
function bars(caption, nights, statuses) {
  const sum = night => statuses.reduce((n, status) => n + night[status], 0);
  const label = caption + ': ' + nights.map(night => `night ${night.id}: ${sum(night)}`).join(', ');
  const {svg, x, y} = frame(label, nights, Math.max(...nights.map(sum)));
  const wide = Math.min(24, (WIDTH - LEFT - RIGHT) / nights.length * .7);
  nights.forEach((night, i) => {
    let below = 0;
    for (const status of statuses) {
      const n = night[status];
      if (!n) continue;
      svg.append(draw('rect', {class: status, x: x(i) - wide / 2, width: wide, y: y(below + n),
        height: y(below) - y(below + n)},
        draw('title', {}, `night ${night.id}, ${night.when}: ${n} ${NAMES[status]}`)));
      below += n;
    }
  });
  return figure(svg, caption);
}

function table(titles, rows) {
  return make('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'table'},
    make('table', {},
      make('thead', {}, make('tr', {}, ...titles.map(title => make('th', {scope: 'col'}, title)))),
      make('tbody', {}, ...rows.map(row =>
        make('tr', {}, ...row.map(value => make('td', {}, String(value))))))));
}

function folded(title, content) {
  return make('details', {}, make('summary', {}, title), content);
}
