/** Where provider-host is. */

import path from 'node:path';

const INSTALL = 'Install it with `pip install provider-host`, or say where it is: config.command, or PROVIDER_HOST_BIN.';

/** The executable: of the configuration, else of the environment, else on PATH. */
export class Command {
  #from;
  howToInstall = INSTALL;

  constructor(configured, basePath, environment) {
    if (configured !== undefined) {
      // A name alone is looked up on PATH.
      this.path = configured.includes(path.sep) ? path.resolve(basePath, configured) : configured;
      this.#from = 'config.command';
    } else if (environment.PROVIDER_HOST_BIN) {
      this.path = environment.PROVIDER_HOST_BIN;
      this.#from = 'PROVIDER_HOST_BIN';
    } else {
      this.path = 'provider-host';
      this.#from = 'PATH';
    }
  }

  whyNotStarted(error) {
    const what = this.path.includes(path.sep) ? this.path : `'${this.path}' on PATH`;
    const where = this.#from === 'PATH' ? '' : ` (from ${this.#from})`;
    if (error.code === 'ENOENT') return `There is no ${what}${where}. ${INSTALL}`;
    if (error.code === 'EACCES') return `${what}${where} cannot be executed. ${INSTALL}`;
    return `${what}${where} cannot be started: ${error.message}. ${INSTALL}`;
  }
}
