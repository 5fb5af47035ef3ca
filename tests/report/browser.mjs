// Opens a report, of trainings or of the laboratory, in headless Chromium: every chart draws, hover and toggles
// work, nothing is asked of a network, no console error.
//   node browser.mjs NODE_MODULES CHROMIUM PAGE.html [SCREENSHOTS]
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

const [modules, executable, page_file, shots] = process.argv.slice(2);
const require = createRequire(join(modules, 'index.js'));
const {chromium} = require('playwright-core');

const problems = [];
const check = (holds, text) => {
  console.log((holds ? 'ok    ' : 'WRONG ') + text);
  if (!holds) problems.push(text);
};

const browser = await chromium.launch({executablePath: executable, args: ['--no-sandbox', '--disable-gpu']});

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) check(false, `console: ${m.text()}`); });
  page.on('pageerror', (e) => check(false, `error: ${e.message}`));
  page.on('request', (r) => {
    if (!r.url().startsWith('file:') && !r.url().startsWith('data:')) check(false, `asks for ${r.url()}`);
  });
  await page.goto(pathToFileURL(page_file).href);
  await page.waitForSelector('html[data-ready=yes]');
  return page;
}

/** Charts are drawn in a later frame: whether the condition comes true soon. */
async function soon(condition) {
  for (let i = 0; i < 100; ++i) {
    if (await condition()) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}

/** How many paths and texts the chart has drawn. */
const marks = (chart) => chart.locator('svg path, svg text').count();

const hoverable = {loss: 1, accuracy: 1, rate: 1, gradient: 1, sigmoid: 1, softmax: 1, 'neuron-quadratic': 1, 'weight-curves': 1};

async function check_charts(page) {
  const charts = page.locator('.chart');
  const count = await charts.count();
  check(count >= 8, `${count} charts`);
  for (let i = 0; i < count; ++i) {
    const chart = charts.nth(i);
    const id = await chart.getAttribute('id');
    if (!await chart.isVisible()) continue;  // the run has none; another has
    check(await soon(async () => await marks(chart) > 8), `${id} is drawn`);
    const series = await page.evaluate((k) => weftCharts[k].instance.getOption().series.reduce((n, s) => n + s.data.length, 0), i);
    check(series > 0, `${id} has data: ${series}`);
    await chart.focus();
    await page.keyboard.press('ArrowRight');
    const tip = () => chart.evaluate((e) => [...e.querySelectorAll('.tip')].some(
        (d) => d.textContent.length > 2 && getComputedStyle(d).visibility === 'visible' && getComputedStyle(d).opacity > 0));
    check(await soon(tip), `${id} shows a value on an arrow key`);
    await page.keyboard.press('Escape');
    if (!hoverable[id]) continue;
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    await page.mouse.move(box.x + 0.5 * box.width, box.y + 0.4 * box.height);
    await page.mouse.move(box.x + 0.55 * box.width, box.y + 0.42 * box.height);
    check(await soon(tip), `${id} shows a value on hover`);
    await page.mouse.move(0, 0);
  }
}

/** What is drawn, whatever the order and the numbers that name its parts. */
const drawing = (page, id) => page.locator(`#${id} svg`).evaluate(async (svg) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  await frame();
  return [...svg.querySelectorAll('path, text')].map((e) => (e.getAttribute('d') ?? '') + e.textContent).sort().join(' ');
});

async function check_controls(page) {
  const changes = (id, before) => soon(async () => before !== await drawing(page, id));
  let before = await drawing(page, 'loss');
  await page.locator('#smoothing').fill('0.95');
  check(await changes('loss', before), 'smoothing changes the loss');
  before = await drawing(page, 'loss');
  await page.getByRole('button', {name: 'Logarithmic'}).click();
  check(await changes('loss', before), 'the axis becomes logarithmic');
  await page.getByRole('button', {name: 'Logarithmic'}).click();
  before = await drawing(page, 'loss');
  await page.locator('label', {hasText: 'Over'}).locator('select').selectOption('steps');
  check(await changes('loss', before), 'steps instead of epochs');
  await page.locator('label', {hasText: 'Over'}).locator('select').selectOption('epochs');
  await page.locator('#loss').focus();
  before = await drawing(page, 'loss');
  const shown = () => page.evaluate(() => {
    const zoom = weftCharts.find((c) => c.id === 'loss').instance.getOption().dataZoom[0];
    return Math.round(zoom.end - zoom.start);
  });
  await page.keyboard.press('+');
  check(await changes('loss', before) && await shown() < 100, 'the + key zooms');
  await page.keyboard.press('Escape');
  check(await soon(async () => await shown() === 100), 'Escape shows everything again');
  before = await drawing(page, 'histograms');
  await page.locator('label', {hasText: /^Of/}).locator('select').selectOption('activations');
  check(await changes('histograms', before), 'histograms of activations');
  await page.locator('label', {hasText: /^Of/}).locator('select').selectOption('weights');
  const runs = page.locator('button.run');
  if (await runs.count() > 1) {
    before = await drawing(page, 'loss');
    await runs.first().click();
    check(await changes('loss', before), 'a run can be hidden');
    await runs.first().click();
    check(await soon(async () => before === await drawing(page, 'loss')), 'and shown again');
  }
}

async function check_theme(page) {
  const color = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const colors = new Set();
  for (let i = 0; i < 3; ++i) {
    await page.locator('#theme').click();
    colors.add(await color());
  }
  check(colors.size === 2, 'the theme can be changed');
}

/** Every claim of the laboratory has a verdict and figures, and is linked. */
async function check_claims(page) {
  const claims = page.locator('section[id^=claim-]');
  const count = await claims.count();
  check(count > 0, `${count} claims`);
  check(await page.locator('#verdicts tbody tr').count() === count, 'a verdict for each');
  for (let i = 0; i < count; ++i) {
    const claim = claims.nth(i), id = await claim.getAttribute('id');
    check(await claim.locator('.verdict-line .verdict').count() === 1, `${id} says whether it holds`);
    check(await claim.locator('table').count() === 2, `${id} says what was measured`);
    const seeds = await claim.locator('.dots').first().locator('circle').count();
    check(seeds >= 2, `${id} shows ${seeds} seeds`);
  }
  const dead = await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href')).filter((id) => !document.querySelector(id)));
  check(dead.length === 0, `links that lead nowhere: ${dead}`);
  const before = page.url();
  await page.locator('#verdicts a').last().focus();
  await page.keyboard.press('Enter');
  check(page.url() !== before, 'a claim is reached by keyboard');
}

const shoot = async (page, name) => {
  if (shots) await page.screenshot({path: join(shots, name + '.png'), fullPage: true});
};

const laptop = await open({viewport: {width: 1280, height: 800}});
await shoot(laptop, 'light');
await check_charts(laptop);
const lab = await laptop.locator('#verdicts').count() > 0;
await (lab ? check_claims : check_controls)(laptop);
await check_theme(laptop);
const dark = await open({viewport: {width: 1280, height: 800}, colorScheme: 'dark'});
await shoot(dark, 'dark');
const phone = await open({viewport: {width: 390, height: 844}, deviceScaleFactor: 2, isMobile: true, hasTouch: true});
check(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than a phone');
await shoot(phone, 'phone');
if (shots) await laptop.pdf({path: join(shots, 'print.pdf'), format: 'A4'});
await browser.close();
if (problems.length) {
  console.log(`${problems.length} problems`);
  process.exit(1);
}
