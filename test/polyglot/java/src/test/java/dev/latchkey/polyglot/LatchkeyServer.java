package dev.latchkey.polyglot;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A connection to the server at LATCHKEY_ADDRESS, with LATCHKEY_TOKEN, or to one that is started for it and ends with it. */
final class LatchkeyServer implements AutoCloseable {
  private final Process process;
  private final ManagedChannel channel;

  LatchkeyServer() throws IOException {
    String given = System.getenv("LATCHKEY_ADDRESS");
    process = given == null || given.isEmpty() ? start() : null;
    String address = process == null ? given : process.inputReader().readLine();
    String token = process == null ? System.getenv("LATCHKEY_TOKEN") : process.inputReader().readLine();
    if (address == null || token == null) throw new IOException("The server did not say where it listens, and for whom.");
    Metadata caller = new Metadata();
    caller.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    channel =
        NettyChannelBuilder.forTarget(address)
            .usePlaintext()
            .intercept(MetadataUtils.newAttachHeadersInterceptor(caller))
            .proxyDetector(target -> null)
            .build();
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
