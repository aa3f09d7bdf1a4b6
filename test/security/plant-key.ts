/** Holds a key in a Buffer and as text, as a server with the mistake that the memory scan looks for would. */
process.stdin.once('data', (key) => {
  const planted = Buffer.from(key);
  const asText = planted.toString('hex');
  process.stdin.on('end', () => process.exit(planted.length + asText.length > 0 ? 0 : 1));
  process.stdout.write('holding\n');
});
