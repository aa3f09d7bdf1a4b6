package dev.latchkey.polyglot;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;

/** A server of serve.ts, which ends with this. */
final class LocalServer implements AutoCloseable {
  final String plaintextAddress;
  final String token;

  /** Where a client's certificate is optional. */
  final String tlsAddress;

  /** Where it is required. */
  final String mtlsAddress;

  private final Process process;
  private final String certificates;

  LocalServer() throws IOException {
    process = new ProcessBuilder("node", "../serve.ts").redirectError(ProcessBuilder.Redirect.INHERIT).start();
    plaintextAddress = said(process.inputReader());
    token = said(process.inputReader());
    tlsAddress = said(process.inputReader());
    mtlsAddress = said(process.inputReader());
    certificates = said(process.inputReader());
  }

  /** A PEM file. */
  File file(String name) {
    return new File(certificates, name);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.outputWriter().close();
    if (process.waitFor() != 0) throw new IOException("The server ended with " + process.exitValue());
  }

  private static String said(BufferedReader output) throws IOException {
    String line = output.readLine();
    if (line == null) throw new IOException("The server did not say where it listens, and for whom.");
    return line;
  }
}
