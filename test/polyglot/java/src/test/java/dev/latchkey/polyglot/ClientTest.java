package dev.latchkey.polyglot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.latchkey.v1.CreateKeyRequest;
import dev.latchkey.v1.CryptoServiceGrpc;
import dev.latchkey.v1.DataKeySpec;
import dev.latchkey.v1.DecryptRequest;
import dev.latchkey.v1.DescribeCiphertextRequest;
import dev.latchkey.v1.EncryptRequest;
import dev.latchkey.v1.ErrorReason;
import dev.latchkey.v1.GenerateDataKeyRequest;
import dev.latchkey.v1.KeyServiceGrpc;
import dev.latchkey.v1.RotateKeyOnDemandRequest;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClientTest {
  private static final Map<String, String> CONTEXT = Map.of("purpose", "test", "Ünïcode", "🔑");
  private static final ByteString PLAINTEXT = ByteString.copyFromUtf8("attack at dawn");

  private static LatchkeyServer server;

  @BeforeAll
  static void startServer() throws Exception {
    server = new LatchkeyServer();
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @Test
  void encryptsAndDecryptsWithAContext() {
    String keyId = newKey();
    var encrypted =
        crypto().encrypt(EncryptRequest.newBuilder().setKeyId(keyId).setPlaintext(PLAINTEXT).putAllEncryptionContext(CONTEXT).build());
    assertTrue(encrypted.getKeyArn().endsWith(":key/" + keyId), encrypted.getKeyArn());
    var decrypted =
        crypto().decrypt(DecryptRequest.newBuilder().setCiphertextBlob(encrypted.getCiphertextBlob()).putAllEncryptionContext(CONTEXT).build());
    assertArrayEquals("attack at dawn".getBytes(StandardCharsets.UTF_8), decrypted.getPlaintext().toByteArray());
  }

  @Test
  void generatesADataKey() {
    var made =
        crypto().generateDataKey(GenerateDataKeyRequest.newBuilder().setKeyId(newKey()).setKeySpec(DataKeySpec.DATA_KEY_SPEC_AES_256).build());
    assertEquals(32, made.getPlaintext().size());
    var opened = crypto().decrypt(DecryptRequest.newBuilder().setCiphertextBlob(made.getCiphertextBlob()).build());
    assertEquals(made.getPlaintext(), opened.getPlaintext());
  }

  @Test
  void keepsDecryptingAfterARotation() {
    String keyId = newKey();
    ByteString old = crypto().encrypt(EncryptRequest.newBuilder().setKeyId(keyId).setPlaintext(PLAINTEXT).build()).getCiphertextBlob();
    keys().rotateKeyOnDemand(RotateKeyOnDemandRequest.newBuilder().setKeyId(keyId).build());
    assertFalse(crypto().describeCiphertext(DescribeCiphertextRequest.newBuilder().setCiphertextBlob(old).build()).getCurrent());
    assertEquals(PLAINTEXT, crypto().decrypt(DecryptRequest.newBuilder().setCiphertextBlob(old).build()).getPlaintext());
  }

  @Test
  void errorsSayTheirReason() throws Exception {
    var request = EncryptRequest.newBuilder().setKeyId(newKey()).setPlaintext(PLAINTEXT).putAllEncryptionContext(CONTEXT).build();
    ByteString blob = crypto().encrypt(request).getCiphertextBlob();
    ErrorInfo info = Refusal.detail(ErrorInfo.class, Status.Code.INVALID_ARGUMENT, () -> crypto().decrypt(DecryptRequest.newBuilder().setCiphertextBlob(blob).build()));
    assertEquals(List.of("latchkey", "INVALID_CIPHERTEXT"), List.of(info.getDomain(), info.getReason()));
    assertNotNull(ErrorReason.valueOf("ERROR_REASON_" + info.getReason()));
  }

  @Test
  void errorsNameTheWrongField() throws Exception {
    var request = CreateKeyRequest.newBuilder().setDescription("x".repeat(8193)).build();
    BadRequest bad = Refusal.detail(BadRequest.class, Status.Code.INVALID_ARGUMENT, () -> keys().createKey(request));
    assertEquals(List.of("description"), bad.getFieldViolationsList().stream().map(BadRequest.FieldViolation::getField).toList());
  }

  private static String newKey() {
    return keys().createKey(CreateKeyRequest.newBuilder().setDescription("from Java").build()).getKeyMetadata().getKeyId();
  }

  private static CryptoServiceGrpc.CryptoServiceBlockingStub crypto() {
    return CryptoServiceGrpc.newBlockingStub(server.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static KeyServiceGrpc.KeyServiceBlockingStub keys() {
    return KeyServiceGrpc.newBlockingStub(server.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
  }
}
