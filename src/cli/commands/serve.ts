import { type ClientOptions, loadLocalConfig } from '../client.ts';
import { stopSignal } from '../stop-signal.ts';
import { CommandError, print, printError } from '../terminal.ts';

interface ServeOptions extends ClientOptions {
  readonly adoptTrail?: boolean;
}

/** Runs until it is told to stop. Its one line on stdout means that both doors take connections. */
export async function serve(options: ServeOptions): Promise<void> {
  const config = await loadLocalConfig(options);
  // From here on, so that whoever waits for the line below may send a signal at once.
  const stopped = stopSignal();
  const { startGateway } = await import('../../gateway/main.ts');
  const gateway = await startGateway(config, { adoptTrail: options.adoptTrail === true }).catch(explainFailure);
  print(`sallyport is ready: ${gateway.http} ssh://${gateway.ssh} pid ${process.pid}`);
  const signal = await stopped;
  printError(`sallyport: ${signal}: stopping; once more to stop at once`);
  await gateway.close();
}

function explainFailure(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const address =
    error instanceof Error && 'address' in error && 'port' in error ? `${error.address}:${error.port}` : '';
  if (code === 'EADDRINUSE') {
    throw new CommandError(
      `${address} is in use`,
      'is a gateway running already? otherwise choose another listen address',
    );
  }
  if (code === 'EACCES' && address !== '') {
    throw new CommandError(
      `${address}: not allowed to listen there`,
      'ports below 1024 need a privilege; choose another',
    );
  }
  if (error instanceof Error) throw new CommandError(`the gateway did not start: ${error.message}`, 'sallyport doctor');
  throw error;
}
