package dev.latchkey.polyglot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dev.latchkey.v1.AccessServiceGrpc;
import dev.latchkey.v1.BatchDecryptRequest;
import dev.latchkey.v1.BatchEncryptRequest;
import dev.latchkey.v1.CreateGrantRequest;
import dev.latchkey.v1.CreateKeyRequest;
import dev.latchkey.v1.CryptoServiceGrpc;
import dev.latchkey.v1.DecryptRequest;
import dev.latchkey.v1.EncryptRequest;
import dev.latchkey.v1.ExchangeRequest;
import dev.latchkey.v1.ExchangeResponse;
import dev.latchkey.v1.GetCallerIdentityRequest;
import dev.latchkey.v1.GetCallerIdentityResponse;
import dev.latchkey.v1.GrantOperation;
import dev.latchkey.v1.KeyServiceGrpc;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsTest {
  private static final ByteString PLAINTEXT = ByteString.copyFromUtf8("attack at dawn");
  private static final List<ByteString> PLAINTEXTS =
      List.of(ByteString.copyFromUtf8("one"), ByteString.copyFromUtf8("two"), ByteString.copyFromUtf8("three".repeat(10_000)));

  private static LocalServer server;

  private final List<ManagedChannel> open = new ArrayList<>();

  @BeforeAll
  static void startServer() throws Exception {
    server = new LocalServer();
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @AfterEach
  void closeChannels() {
    for (ManagedChannel channel : open) channel.shutdownNow();
  }

  @Test
  void callsWithAToken() throws Exception {
    Channel administrator = administrator();
    String keyId = newKey(administrator);
    roundTrip(administrator, keyId);
    var blobs = crypto(administrator).batchEncrypt(batchEncrypt(keyId)).getCiphertextBlobsList();
    assertEquals(PLAINTEXTS, crypto(administrator).batchDecrypt(batchDecrypt(blobs)).getPlaintextsList());
  }

  @Test
  void exchanges() throws Exception {
    Channel administrator = administrator();
    String keyId = newKey(administrator);
    var stream = CryptoServiceGrpc.newBlockingV2Stub(administrator).withDeadlineAfter(20, TimeUnit.SECONDS).exchange();
    assertNotEquals(0, stream.read().getLimits().getMaxBatchItems());
    var encrypted = exchange(stream, ExchangeRequest.newBuilder().setId(1).setBatchEncrypt(batchEncrypt(keyId)).build());
    var blobs = encrypted.getBatchEncrypt().getCiphertextBlobsList();
    var decrypted = exchange(stream, ExchangeRequest.newBuilder().setId(2).setBatchDecrypt(batchDecrypt(blobs)).build());
    assertEquals(PLAINTEXTS, decrypted.getBatchDecrypt().getPlaintextsList());
    stream.halfClose();
    assertNull(stream.read());
  }

  @ParameterizedTest
  @CsvSource({"ec, :user/cert/spiffe%3A%2F%2Fexample.org%2Forders", "rsa, :user/cert/db.example.org"})
  void identifiesAClientByItsCertificate(String certificate, String path) throws Exception {
    Channel administrator = administrator();
    Channel client = connect(Grpc.newChannelBuilder(server.mtlsAddress, certified(certificate)));
    String arn = whoAmI(client).getArn();
    assertTrue(arn.endsWith(path), arn);

    String keyId = newKey(administrator);
    ErrorInfo denied = Refusal.detail(ErrorInfo.class, Status.Code.PERMISSION_DENIED, () -> roundTrip(client, keyId));
    assertEquals(List.of("latchkey", "ACCESS_DENIED"), List.of(denied.getDomain(), denied.getReason()));

    var grant =
        CreateGrantRequest.newBuilder()
            .setKeyId(keyId)
            .setGranteePrincipal(arn)
            .addOperations(GrantOperation.GRANT_OPERATION_ENCRYPT)
            .addOperations(GrantOperation.GRANT_OPERATION_DECRYPT);
    keys(administrator).createGrant(grant.build());
    roundTrip(client, keyId);

    String another = newKey(administrator);
    ErrorInfo stillDenied = Refusal.detail(ErrorInfo.class, Status.Code.PERMISSION_DENIED, () -> roundTrip(client, another));
    assertEquals("ACCESS_DENIED", stillDenied.getReason());
  }

  @Test
  void isNobodyWithoutACertificateAndAToken() throws Exception {
    Channel nobody = connect(Grpc.newChannelBuilder(server.tlsAddress, trusting("servers")));
    ErrorInfo info = Refusal.detail(ErrorInfo.class, Status.Code.UNAUTHENTICATED, () -> whoAmI(nobody));
    assertEquals(List.of("latchkey", "UNAUTHENTICATED"), List.of(info.getDomain(), info.getReason()));
  }

  @Test
  void doesNotConnectWithoutACertificateWhereOneIsRequired() throws Exception {
    assertUnavailable(Grpc.newChannelBuilder(server.mtlsAddress, trusting("servers")));
  }

  @Test
  void doesNotConnectWithACertificateOfAnotherAuthority() throws Exception {
    assertUnavailable(Grpc.newChannelBuilder(server.mtlsAddress, certified("stranger")));
    assertUnavailable(Grpc.newChannelBuilder(server.tlsAddress, certified("stranger")));
  }

  @Test
  void doesNotConnectToAServerThatItDoesNotTrust() throws Exception {
    assertDistrusted(Grpc.newChannelBuilder(server.tlsAddress, trusting("clients")));
    assertDistrusted(Grpc.newChannelBuilder(server.tlsAddress, trusting("servers")).overrideAuthority("other.example.org"));
  }

  /** Comes with the administrator's token, so that nothing else keeps it out. */
  private StatusRuntimeException assertUnavailable(ManagedChannelBuilder<?> builder) {
    Channel channel = connect(builder.intercept(LatchkeyServer.authorized(server.token)));
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, () -> whoAmI(channel));
    assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode(), refused.toString());
    return refused;
  }

  /** It is the client that refuses. */
  private void assertDistrusted(ManagedChannelBuilder<?> builder) {
    Throwable cause = assertUnavailable(builder);
    while (cause != null && !(cause instanceof CertificateException)) cause = cause.getCause();
    assertNotNull(cause);
  }

  private Channel administrator() throws IOException {
    return connect(Grpc.newChannelBuilder(server.tlsAddress, trusting("servers")).intercept(LatchkeyServer.authorized(server.token)));
  }

  private Channel connect(ManagedChannelBuilder<?> builder) {
    ManagedChannel channel = builder.proxyDetector(target -> null).build();
    open.add(channel);
    return channel;
  }

  /** Trusts servers of that authority. */
  private static ChannelCredentials trusting(String authority) throws IOException {
    return TlsChannelCredentials.newBuilder().trustManager(server.file(authority + ".pem")).build();
  }

  /** Trusts the server, and shows that certificate to it. */
  private static ChannelCredentials certified(String name) throws IOException {
    return TlsChannelCredentials.newBuilder()
        .trustManager(server.file("servers.pem"))
        .keyManager(server.file(name + ".pem"), server.file(name + ".key"))
        .build();
  }

  private static void roundTrip(Channel channel, String keyId) {
    var encrypted = crypto(channel).encrypt(EncryptRequest.newBuilder().setKeyId(keyId).setPlaintext(PLAINTEXT).build());
    var decrypted = crypto(channel).decrypt(DecryptRequest.newBuilder().setCiphertextBlob(encrypted.getCiphertextBlob()).build());
    assertEquals(PLAINTEXT, decrypted.getPlaintext());
  }

  private static BatchEncryptRequest batchEncrypt(String keyId) {
    return BatchEncryptRequest.newBuilder().setKeyId(keyId).addAllPlaintexts(PLAINTEXTS).build();
  }

  private static BatchDecryptRequest batchDecrypt(List<ByteString> blobs) {
    return BatchDecryptRequest.newBuilder().addAllCiphertextBlobs(blobs).build();
  }

  /** Sends a request and waits for its answer. */
  private static ExchangeResponse exchange(BlockingClientCall<ExchangeRequest, ExchangeResponse> stream, ExchangeRequest request)
      throws Exception {
    stream.write(request);
    ExchangeResponse answer = stream.read();
    assertEquals(request.getId(), answer.getId(), answer.toString());
    return answer;
  }

  private static GetCallerIdentityResponse whoAmI(Channel channel) {
    var access = AccessServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    return access.getCallerIdentity(GetCallerIdentityRequest.getDefaultInstance());
  }

  private static String newKey(Channel channel) {
    return keys(channel).createKey(CreateKeyRequest.newBuilder().setDescription("from Java").build()).getKeyMetadata().getKeyId();
  }

  private static CryptoServiceGrpc.CryptoServiceBlockingStub crypto(Channel channel) {
    return CryptoServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static KeyServiceGrpc.KeyServiceBlockingStub keys(Channel channel) {
    return KeyServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }
}
