package dev.latchkey.polyglot;

import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A connection without TLS to the server at LATCHKEY_ADDRESS, with LATCHKEY_TOKEN, or to one that is started for it and ends with it. */
final class LatchkeyServer implements AutoCloseable {
  private final LocalServer started;
  private final ManagedChannel channel;

  LatchkeyServer() throws IOException {
    String given = System.getenv("LATCHKEY_ADDRESS");
    started = given == null || given.isEmpty() ? new LocalServer() : null;
    String address = started == null ? given : started.plaintextAddress;
    String token = started == null ? System.getenv("LATCHKEY_TOKEN") : started.token;
    if (token == null) throw new IOException("LATCHKEY_TOKEN is not set.");
    channel = NettyChannelBuilder.forTarget(address).usePlaintext().intercept(authorized(token)).proxyDetector(target -> null).build();
  }

  /** Sends the token with every call. */
  static ClientInterceptor authorized(String token) {
    Metadata caller = new Metadata();
    caller.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    return MetadataUtils.newAttachHeadersInterceptor(caller);
  }

  ManagedChannel channel() {
    return channel;
  }

  @Override
  public void close() throws Exception {
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    if (started != null) started.close();
  }
}
