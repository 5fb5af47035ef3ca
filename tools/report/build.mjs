// Bundles the page into one HTML text, and that into a C++ file.
//   node build.mjs NODE_MODULES OUT.cpp
import {readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const [modules, out] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(modules, 'index.js'));
const {build} = await import(pathToFileURL(require.resolve('esbuild')));

const bundle = async (entry) => {
  const result = await build({
    entryPoints: [join(here, entry)], bundle: true, minify: true, write: false,
    format: 'iife', target: 'es2020', charset: 'ascii', nodePaths: [modules],
    legalComments: 'inline'
  });
  return result.outputFiles[0].text;
};

// Functions as replacements: "$&" in the script must stay what it is.
const style = await bundle('style.css');
const script = (await bundle('main.js')).replaceAll('</script', '<\\/script');
const notice = readFileSync(join(modules, 'echarts', 'NOTICE'), 'utf8');
const page = readFileSync(join(here, 'page.html'), 'utf8')
                 .replace('/*STYLE*/', () => style)
                 .replace('<!--NOTICE-->', () => `<!--\n${notice}\n-->`)
                 .replace('/*SCRIPT*/', () => script);

// Lines of C++ string literals; a compiler need take no longer ones.
const escape = (text) =>
    Array.from(Buffer.from(text, 'utf8'), (b) => {
      const c = String.fromCharCode(b);
      if (c === '"' || c === '\\' || c === '?') return '\\' + c;
      if (b >= 32 && b < 127) return c;
      return '\\' + b.toString(8).padStart(3, '0');
    }).join('');
const bytes = Buffer.from(page, 'utf8').length;
const lines = page.match(/[^]{1,2000}/g).map((t) => `    "${escape(t)}"`);
writeFileSync(out, `#include "src/report/page.h"
namespace weft::report {
namespace {
const char kPage[] =
${lines.join('\n')};
}
std::string_view page() { return {kPage, ${bytes}}; }
}
`);
