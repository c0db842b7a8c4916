// The matrix with its filters, and the details of a cell.

const DATA = JSON.parse(document.getElementById('data').textContent);
const NAMES = {ok: 'as expected', mismatch: 'not as expected', crashed: 'crashed',
  inconclusive: 'inconclusive'};
const SIGNS = {ok: '\u2713', mismatch: '\u2717', crashed: '!', inconclusive: '?'};
const byId = id => document.getElementById(id);

function signed(status, text) {
  return make('span', {class: status},
    make('span', {class: 'sign', 'aria-hidden': 'true'}, SIGNS[status]), ' ' + text);
}

// --- trends ---------------------------------------------------------------------------------------

function showTrends() {
  const nights = DATA.nights;
  if (nights.length < 2) {
    byId('trends').append(make('p', {class: 'dim'}, 'Trends begin with the second night.'));
    return;
  }
  const value = key => nights.map((night, i) => ({night: i, value: night[key]}));
  byId('trends').append(
    make('div', {class: 'plots'},
      bars('Cells not as expected, crashed or inconclusive', nights,
        ['mismatch', 'crashed', 'inconclusive']),
      curve('Seconds of all checks', nights, value('seconds')),
      curve('States of all cells', nights, value('states'))),
    folded('The same as a table', table(
      ['night', 'begun', ...Object.values(NAMES), 'reused', 'seconds', 'states'],
      nights.map(night => [night.id, night.when, ...Object.keys(NAMES).map(s => night[s]),
        night.reused, night.seconds.toFixed(2), night.states]))));
}

// --- matrix: a row for each variant, a column for each configuration ------------------------------

// May be broken after each '_'.
const breakable = name => name.split(/(?<=_)/).flatMap((part, i) => i ? [make('wbr'), part] : [part]);

const setting = cell => [cell.cpus ? `${cell.cpus} CPUs` : '', cell.machine, cell.params]
  .filter(Boolean).join(', ');
const buttons = [];  // of the cells, in their order in DATA.cells

function showMatrix() {
  const models = new Map();
  DATA.cells.forEach((cell, i) => {
    if (!models.has(cell.model)) models.set(cell.model, {variants: new Map(), settings: []});
    const {variants, settings} = models.get(cell.model);
    if (!variants.has(cell.variant)) variants.set(cell.variant, []);
    variants.get(cell.variant).push(i);
    if (!settings.includes(setting(cell))) settings.push(setting(cell));
  });
  for (const [model, {variants, settings}] of models) {
    const columns = Math.min(settings.length, 6);
    const section = make('section', {class: 'model'}, make('h3', {}, model));
    for (const [variant, indices] of variants) {
      const cells = make('div', {class: 'cells', style: `--columns: ${columns}`});
      for (const i of indices) {
        const cell = DATA.cells[i];
        const column = settings.length > columns ? 'auto' : settings.indexOf(setting(cell)) + 1;
        buttons[i] = make('button', {type: 'button', class: cell.status, tabindex: -1,
          style: `--column: ${column}`, 'aria-label': `${cell.name}: ${NAMES[cell.status]}, ${cell.verdict}`},
          signed(cell.status, cell.verdict), make('span', {class: 'setting'}, ' ' + setting(cell)));
        buttons[i].addEventListener('click', () => openCell(i));
        cells.append(buttons[i]);
      }
      section.append(make('div', {class: 'variant'}, make('span', {}, ...breakable(variant || 'the model')), cells));
    }
    byId('matrix').append(section);
  }
}

// One stop of the Tab key for all cells: the arrow keys go from one to the next.
let current = -1;
const shown = i => !buttons[i].hidden;

function setCurrent(i) {
  if (current >= 0) buttons[current].tabIndex = -1;
  current = i;
  if (i >= 0) buttons[i].tabIndex = 0;
}

function moveBy(event) {
  const visible = buttons.map((_, i) => i).filter(shown);
  const at = visible.indexOf(current);
  const to = {ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0,
    End: visible.length - 1}[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  setCurrent(visible[Math.max(0, Math.min(to, visible.length - 1))]);
  buttons[current].focus();
}

// --- filters --------------------------------------------------------------------------------------

const toggles = {};

function toggle(key, label) {
  toggles[key] = make('button', {type: 'button', 'aria-pressed': 'false'}, label);
  toggles[key].addEventListener('click', () => {
    const on = toggles[key].getAttribute('aria-pressed') === 'true';
    toggles[key].setAttribute('aria-pressed', String(!on));
    applyFilter();
  });
  byId('filter').append(toggles[key]);
}

function choice(key, label) {
  const values = [...new Set(DATA.cells.map(cell => cell[key]).filter(Boolean))];
  if (values.length < 2) return;
  values.sort((a, b) => a < b ? -1 : 1);
  const select = make('select', {id: `filter-${key}`}, make('option', {value: ''}, 'all'),
    ...values.map(value => make('option', {value}, String(value))));
  select.addEventListener('change', applyFilter);
  byId('filter').append(make('label', {}, label + ' ', select));
}

function showFilter() {
  for (const status of Object.keys(NAMES)) {
    const n = DATA.cells.filter(cell => cell.status === status).length;
    if (n) toggle(status, `${SIGNS[status]} ${NAMES[status]} (${n})`);
  }
  const changed = DATA.cells.filter(cell => cell.changed).length;
  if (changed) toggle('changed', `changed (${changed})`);
  choice('cpus', 'CPUs');
  choice('machine', 'machine');
  byId('words').addEventListener('input', applyFilter);
}

function applyFilter() {
  const words = byId('words').value.toLowerCase().split(/\s+/).filter(Boolean);
  const on = key => toggles[key]?.getAttribute('aria-pressed') === 'true';
  const statuses = Object.keys(NAMES).filter(on);
  const wanted = ['cpus', 'machine'].map(key => [key, byId(`filter-${key}`)?.value || '']);
  let n = 0;
  DATA.cells.forEach((cell, i) => {
    const text = `${cell.name} ${cell.verdict} ${NAMES[cell.status]}`.toLowerCase();
    const fits = words.every(word => text.includes(word)) &&
      (!statuses.length || statuses.includes(cell.status)) && (!on('changed') || cell.changed) &&
      wanted.every(([key, value]) => !value || String(cell[key]) === value);
    buttons[i].hidden = !fits;
    n += fits;
  });
  for (const group of document.querySelectorAll('.variant, .model')) {
    group.hidden = !group.querySelector('.cells button:not([hidden])');
  }
  byId('count').textContent = `${n} of ${DATA.cells.length} cells`;
  if (current < 0 || !shown(current)) setCurrent(buttons.findIndex(button => !button.hidden));
}

// --- a cell ---------------------------------------------------------------------------------------

// CPUs as columns; on a narrow screen the rows become blocks, each with the name of its CPU.
function runTable({property, rows, ending}) {
  const ofMachine = rows.some(row => row.cpu === null);
  const cpus = [...new Set(rows.map(row => row.cpu).filter(cpu => cpu !== null))].sort((a, b) => a - b);
  const columns = [...cpus.map(cpu => [cpu, `CPU${cpu}`]), ...(ofMachine ? [[null, 'hardware']] : [])];
  const body = make('tbody', {});
  for (const row of rows) {
    body.append(make('tr', {}, ...columns.map(([cpu, name]) => row.cpu === cpu
      ? make('td', {'data-name': name, class: row.kind}, row.action) : make('td', {})),
      make('td', {class: 'changes'}, row.changes.join(', '))));
    if (row.violation) {
      body.append(make('tr', {class: 'violation'},
        make('td', {colspan: columns.length + 1}, '*** ' + row.violation)));
    }
  }
  const head = make('tr', {}, ...[...columns.map(column => column[1]), 'changes']
    .map(name => make('th', {scope: 'col'}, name)));
  return [
    make('h3', {}, property ? `A run that violates ${property}` : 'The run'),
    make('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'the run'},
      make('table', {class: 'run'}, make('thead', {}, head), body)),
    ...ending.map(line => make('p', {class: 'ending'}, '*** ' + line)),
  ];
}

function nightsOf(points) {
  const known = points.map(([night, status, verdict, states, seconds, taken]) =>
    ({night, id: DATA.nights[night].id, when: DATA.nights[night].when, status, verdict, states, seconds,
      taken: Boolean(taken)}));
  const value = key => known.map(point => ({night: point.night, value: point[key], taken: point.taken}));
  return [
    make('h3', {}, 'Nights'),
    make('ul', {class: 'nights'}, ...known.map(point => make('li', {title: point.when}, `${point.id}: `,
      signed(point.status, point.verdict)))),
    make('div', {class: 'plots'}, curve('Seconds', DATA.nights, value('seconds')),
      curve('States', DATA.nights, value('states'))),
    folded('The same as a table', table(['night', 'begun', 'status', 'verdict', 'states', 'seconds', ''],
      known.map(point => [point.id, point.when, NAMES[point.status], point.verdict, point.states,
        point.seconds.toFixed(2), point.taken ? 'taken over' : '']))),
  ];
}

function listOf(facts) {
  return make('dl', {}, ...facts.flatMap(([name, value]) =>
    [make('dt', {}, name), make('dd', {}, value)]));
}

function openCell(i) {
  const cell = DATA.cells[i];
  setCurrent(i);
  byId('cell-name').textContent = cell.name;
  byId('cell-content').replaceChildren(
    make('p', {}, signed(cell.status, `${NAMES[cell.status]}: ${cell.verdict}`)),
    ...(cell.note ? [make('p', {}, cell.note)] : []), listOf(cell.asked),
    ...(cell.steps ? runTable(cell.steps) : []),
    ...(cell.trace ? [cell.steps ? folded('The report as text', make('pre', {tabindex: 0}, cell.trace))
      : make('pre', {tabindex: 0}, cell.trace)] : []),
    ...(cell.history ? nightsOf(cell.history) : []),
    make('h3', {}, 'The check'), listOf(cell.facts));
  if (!byId('cell').open) byId('cell').showModal();
  byId('cell').scrollTop = 0;
  history.replaceState(null, '', `#c${i}`);
}

// Where the page was opened with the name of a cell, or a link to one was followed.
function openNamed() {
  const i = /^#c\d+$/.test(location.hash) ? Number(location.hash.slice(2)) : -1;
  if (i in buttons) openCell(i);
}

function start() {
  showTrends();
  showMatrix();
  showFilter();
  applyFilter();
  byId('matrix').addEventListener('keydown', moveBy);
  byId('close').addEventListener('click', () => byId('cell').close());
  byId('cell').addEventListener('click', event => {  // beside it
    if (event.target === byId('cell')) byId('cell').close();
  });
  byId('cell').addEventListener('close', () => {
    history.replaceState(null, '', location.href.split('#')[0]);
  });
  addEventListener('hashchange', openNamed);
  openNamed();
}

start();
