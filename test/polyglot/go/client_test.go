// Package polyglot is a client in Go, from stubs of the project's proto files and stock libraries.
package polyglot

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	latchkeyv1 "latchkey.dev/gen/latchkey/v1"
)

var encryptionContext = map[string]string{"purpose": "test", "Ünïcode": "🔑"}

func TestEncryptsAndDecryptsWithAContext(t *testing.T) {
	crypto, keyID := latchkeyv1.NewCryptoServiceClient(connection), newKey(t, connection)
	plaintext := []byte("attack at dawn")
	encrypted, err := crypto.Encrypt(deadline(t), &latchkeyv1.EncryptRequest{KeyId: keyID, Plaintext: plaintext, EncryptionContext: encryptionContext})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(encrypted.KeyArn, ":key/"+keyID) {
		t.Errorf("the response names %s, not key %s", encrypted.KeyArn, keyID)
	}
	decrypted, err := crypto.Decrypt(deadline(t), &latchkeyv1.DecryptRequest{CiphertextBlob: encrypted.CiphertextBlob, EncryptionContext: encryptionContext})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(decrypted.Plaintext, plaintext) {
		t.Errorf("decrypted to %q", decrypted.Plaintext)
	}
}

func TestGeneratesADataKey(t *testing.T) {
	crypto := latchkeyv1.NewCryptoServiceClient(connection)
	request := &latchkeyv1.GenerateDataKeyRequest{
		KeyId:  newKey(t, connection),
		Length: &latchkeyv1.GenerateDataKeyRequest_KeySpec{KeySpec: latchkeyv1.DataKeySpec_DATA_KEY_SPEC_AES_256},
	}
	made, err := crypto.GenerateDataKey(deadline(t), request)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := crypto.Decrypt(deadline(t), &latchkeyv1.DecryptRequest{CiphertextBlob: made.CiphertextBlob})
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Plaintext) != 32 || !bytes.Equal(made.Plaintext, opened.Plaintext) {
		t.Errorf("the data key has %d bytes, decrypted %d", len(made.Plaintext), len(opened.Plaintext))
	}
}

func TestErrorsSayTheirReason(t *testing.T) {
	crypto := latchkeyv1.NewCryptoServiceClient(connection)
	encrypted, err := crypto.Encrypt(deadline(t), &latchkeyv1.EncryptRequest{KeyId: newKey(t, connection), Plaintext: []byte("x"), EncryptionContext: encryptionContext})
	if err != nil {
		t.Fatal(err)
	}
	_, err = crypto.Decrypt(deadline(t), &latchkeyv1.DecryptRequest{CiphertextBlob: encrypted.CiphertextBlob})
	info := detail[*errdetails.ErrorInfo](t, err, codes.InvalidArgument)
	if info.Domain != "latchkey" || info.Reason != "INVALID_CIPHERTEXT" {
		t.Errorf("the error's reason is %s of %s", info.Reason, info.Domain)
	}
	if _, known := latchkeyv1.ErrorReason_value["ERROR_REASON_"+info.Reason]; !known {
		t.Errorf("%s is not in the closed list of reasons", info.Reason)
	}
}

func TestErrorsNameTheWrongField(t *testing.T) {
	keys := latchkeyv1.NewKeyServiceClient(connection)
	_, err := keys.CreateKey(deadline(t), &latchkeyv1.CreateKeyRequest{Description: strings.Repeat("x", 8193)})
	violations := detail[*errdetails.BadRequest](t, err, codes.InvalidArgument).FieldViolations
	if len(violations) != 1 || violations[0].Field != "description" {
		t.Errorf("the error names %v", violations)
	}
}

func TestKeepsDecryptingAfterARotation(t *testing.T) {
	crypto, keys, keyID := latchkeyv1.NewCryptoServiceClient(connection), latchkeyv1.NewKeyServiceClient(connection), newKey(t, connection)
	old, err := crypto.Encrypt(deadline(t), &latchkeyv1.EncryptRequest{KeyId: keyID, Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.RotateKeyOnDemand(deadline(t), &latchkeyv1.RotateKeyOnDemandRequest{KeyId: keyID}); err != nil {
		t.Fatal(err)
	}
	described, err := crypto.DescribeCiphertext(deadline(t), &latchkeyv1.DescribeCiphertextRequest{CiphertextBlob: old.CiphertextBlob})
	if err != nil || described.Current {
		t.Errorf("the old ciphertext is described as %v, %v", described, err)
	}
	if _, err := crypto.Decrypt(deadline(t), &latchkeyv1.DecryptRequest{CiphertextBlob: old.CiphertextBlob}); err != nil {
		t.Error(err)
	}
}

func newKey(t *testing.T, connection *grpc.ClientConn) string {
	t.Helper()
	created, err := latchkeyv1.NewKeyServiceClient(connection).CreateKey(deadline(t), &latchkeyv1.CreateKeyRequest{Description: "from Go"})
	if err != nil {
		t.Fatal(err)
	}
	return created.KeyMetadata.KeyId
}

// The detail of that type in the status of an error with that code.
func detail[Detail any](t *testing.T, err error, code codes.Code) Detail {
	t.Helper()
	failed := status.Convert(err)
	if failed.Code() != code {
		t.Fatalf("the call ended with %v", err)
	}
	for _, found := range failed.Details() {
		if detail, ok := found.(Detail); ok {
			return detail
		}
	}
	t.Fatalf("%v carries no such detail", err)
	panic("not reached")
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
