package dev.latchkey.polyglot;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A connection to the server at LATCHKEY_ADDRESS, or to one that is started for it and ends with it. */
final class LatchkeyServer implements AutoCloseable {
  private final Process process;
  private final ManagedChannel channel;

  LatchkeyServer() throws IOException {
    String given = System.getenv("LATCHKEY_ADDRESS");
    process = given == null || given.isEmpty() ? start() : null;
    String address = process == null ? given : process.inputReader().readLine();
    if (address == null) throw new IOException("The server did not say where it listens.");
    channel = NettyChannelBuilder.forTarget(address).usePlaintext().proxyDetector(target -> null).build();
  }

  ManagedChannel channel() {
    return channel;
  }

  @Override
  public void close() throws Exception {
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    if (process == null) return;
    process.outputWriter().close();
    if (process.waitFor() != 0) throw new IOException("The server ended with " + process.exitValue());
  }

  private static Process start() throws IOException {
    return new ProcessBuilder("node", "../serve.ts").redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
