// Takes charts out of a page as SVG files.
//   node pictures.mjs NODE_MODULES CHROMIUM PAGE.html FOLDER ID...
import {writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

const [modules, executable, file, folder, ...ids] = process.argv.slice(2);
const require = createRequire(join(modules, 'index.js'));
const {chromium} = require('playwright-core');

const browser = await chromium.launch({executablePath: executable, args: ['--no-sandbox', '--disable-gpu']});
const context = await browser.newContext({viewport: {width: 1000, height: 800}, colorScheme: 'light'});
const page = await context.newPage();
await page.goto(pathToFileURL(file).href);
await page.waitForSelector('html[data-ready=yes]');
for (const id of ids) {
  const drawn = page.locator(`#${id} svg`);
  await drawn.locator('path').nth(8).waitFor({state: 'attached'});
  const svg = await drawn.evaluate((e) => {
    const copy = e.cloneNode(true);
    copy.setAttribute('viewBox', `0 0 ${e.clientWidth} ${e.clientHeight}`);
    copy.style.background = '#fff';
    // Half a tenth of a pixel can't be seen.
    for (const path of copy.querySelectorAll('path')) {
      path.setAttribute('d', path.getAttribute('d').replace(/\d+\.\d+/g, (n) => String(Math.round(10 * n) / 10)));
    }
    return new XMLSerializer().serializeToString(copy);
  });
  writeFileSync(join(folder, id + '.svg'), svg + '\n');
}
await browser.close();
