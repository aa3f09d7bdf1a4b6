import type { Command } from 'commander';
import type { GetParametersForImportResponse__Output } from '../generated/latchkey/v1/GetParametersForImportResponse.ts';
import { namedKey, takesKey } from './command-options.ts';
import type { GlobalOptions } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { importRequest, printImport, takesImport, takesWrapping, wrappingRequest } from './import-options.ts';
import type { ImportOptions, WrappingOptions } from './import-options.ts';
import { readInput } from './input.ts';
import { messageJson, readableTimestamp } from './message-json.ts';
import { print, writeFiles } from './output.ts';
import { withServer } from './server-call.ts';
import { details } from './text.ts';

type ParameterOptions = GlobalOptions & WrappingOptions & { readonly publicKeyOut: string; readonly tokenOut: string };
type WrappedOptions = ImportOptions & { readonly file: string; readonly token: string };

/** The two halves of an import whose material is wrapped elsewhere, such as in an HSM. */
export function addImportWrappedMaterial(keys: Command): void {
  const parameters = takesWrapping(
    takesKey(keys.command('get-import-parameters'))
      .summary('get a public key to wrap material with elsewhere')
      .description(
        'Gets an RSA public key to wrap material with elsewhere, and the token to import it with. Both are good for 24 hours and one import.',
      )
      .usage('<key> --public-key-out <file>\n         --token-out <file> [options]')
      .requiredOption('--public-key-out <file>', 'required: where to write the public key, in DER')
      .requiredOption('--token-out <file>', 'required: where to write the token'),
  ).action((key: string | undefined, _: unknown, command: Command) =>
    getImportParameters(namedKey(key, command), command.optsWithGlobals()),
  );
  withHelp(parameters, [
    `latchkey keys get-import-parameters ${exampleKey} \\\n      --public-key-out wrapping-key.der --token-out import-token.bin`,
  ]);

  const importing = takesImport(
    takesKey(keys.command('import-wrapped'))
      .summary('bring in material that was wrapped elsewhere')
      .description('Brings in material that was wrapped elsewhere, with the public key and token of get-import-parameters.')
      .usage('<key> --token <file> --file <file>\n         (--expires <when> | --no-expiry) [options]')
      .requiredOption('--token <file>', 'required: the token')
      .requiredOption('-f, --file <file>', 'required: the wrapped material, as it is'),
  ).action((key: string | undefined, _: unknown, command: Command) =>
    importWrapped(namedKey(key, command), command.optsWithGlobals()),
  );
  withHelp(importing, [
    `latchkey keys import-wrapped ${exampleKey} \\\n      --token import-token.bin --file wrapped.bin --no-expiry`,
  ]);
}

async function getImportParameters(key: string, options: ParameterOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.getParametersForImport({ key_id: key, ...wrappingRequest(options) });
    writeFiles([
      { path: options.publicKeyOut, content: response.public_key },
      { path: options.tokenOut, content: response.import_token },
    ]);
    print(options.json ? messageJson(withoutFiles(response)) : parameterDetails(response, options));
  });
}

/** The message without the fields that went to files. */
function withoutFiles({ key_arn, parameters_valid_to }: GetParametersForImportResponse__Output): object {
  return { key_arn, parameters_valid_to };
}

function parameterDetails(response: GetParametersForImportResponse__Output, options: ParameterOptions): string {
  return details([
    ['Key', response.key_arn],
    ['Public key', `${options.publicKeyOut}, ${options.wrappingKey} in DER`],
    ['Token', options.tokenOut],
    ['Wrap by', options.algorithm],
    ['Good until', `${readableTimestamp(response.parameters_valid_to)}, for one import`],
  ]);
}

async function importWrapped(key: string, options: WrappedOptions): Promise<void> {
  const terms = importRequest(options);
  const [import_token, encrypted_key_material] = [await readInput(options.token), await readInput(options.file)];
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.importKeyMaterial({ key_id: key, import_token, encrypted_key_material, ...terms });
    printImport(response, options);
  });
}
