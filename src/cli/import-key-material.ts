import type { Command } from 'commander';
import { namedKey, takesKey } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { importRequest, printImport, takesImport, takesWrapping, wrappingRequest } from './import-options.ts';
import type { ImportOptions, WrappingOptions } from './import-options.ts';
import { withMaterial } from './material-file.ts';
import { withServer } from './server-call.ts';
import { wrapKeyMaterial } from './wrap-key-material.ts';

type ImportFileOptions = ImportOptions & WrappingOptions & { readonly file: string };

export function addImportKeyMaterial(keys: Command): void {
  const importing = takesWrapping(
    takesImport(
      takesKey(keys.command('import'))
        .summary('bring material from a file into a key')
        .description(
          'Brings 32 bytes of material from a file into a key of origin external: its first, or the same again after it expired or was ' +
            'deleted, or new. It leaves this machine wrapped, for the server only.',
        )
        .usage('<key> --file <file> (--expires <when> | --no-expiry)\n         [options]')
        .requiredOption('-f, --file <file>', 'required: the material, 32 bytes as they are'),
    ),
  ).action((key: string | undefined, _: unknown, command: Command) =>
    importKeyMaterial(namedKey(key, command), command.optsWithGlobals()),
  );
  withHelp(importing, [`latchkey keys import ${exampleKey} \\\n      --file material.bin --expires 90d`]);
}

async function importKeyMaterial(key: string, options: ImportFileOptions): Promise<void> {
  const terms = importRequest(options);
  await withMaterial(options.file, (material) =>
    withServer(options, async (latchkey) => {
      const parameters = await latchkey.keys.getParametersForImport({ key_id: key, ...wrappingRequest(options) });
      const wrapped = wrapKeyMaterial(material, parameters.public_key, options.algorithm);
      const response = await latchkey.keys.importKeyMaterial({
        key_id: key,
        import_token: parameters.import_token,
        encrypted_key_material: wrapped,
        ...terms,
      });
      printImport(response, options);
    }),
  );
}
