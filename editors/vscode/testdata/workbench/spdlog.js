// Stands in for VS Code's logger, a native module that would have to be compiled: it appends lines and no more.
// Each export is an assignment of its own, because VS Code imports this as an ES module and finds their names that way.
const { appendFileSync } = require('node:fs');

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];

class Logger {
  constructor(name, file) {
    this.file = file;
    this.level = levels.indexOf('info');
    this.bare = false;
  }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  clearFormatters() { this.bare = true; }
  setPattern() {}
  flush() {}
  drop() {}
}

for (const [level, name] of levels.entries()) {
  Logger.prototype[name] = function (text) {
    if (level < this.level) return;
    try {
      appendFileSync(this.file, this.bare ? text : `${name}: ${text}\n`);
    } catch {
      // The directory is gone: the editor is being closed.
    }
  };
}

const create = async (name, file) => new Logger(name, file);
exports.version = 0;
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.shutdown = () => {};
