package polyglot

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	latchkeyv1 "latchkey.dev/gen/latchkey/v1"
)

func TestCallsOverTLSWithAToken(t *testing.T) {
	connection := overTLS(t, server.tlsAddress, trusting(t, "servers"), server.token)
	keyID := newKey(t, connection)
	if err := roundTrip(t, connection, keyID); err != nil {
		t.Fatal(err)
	}
	crypto := latchkeyv1.NewCryptoServiceClient(connection)
	plaintexts := [][]byte{[]byte("one"), []byte("two"), bytes.Repeat([]byte("three"), 10_000)}
	var from peer.Peer
	encrypted, err := crypto.BatchEncrypt(deadline(t), &latchkeyv1.BatchEncryptRequest{KeyId: keyID, Plaintexts: plaintexts}, grpc.Peer(&from))
	if err != nil {
		t.Fatal(err)
	}
	if info, ok := from.AuthInfo.(credentials.TLSInfo); !ok || info.State.Version != tls.VersionTLS13 || info.State.NegotiatedProtocol != "h2" {
		t.Errorf("the connection is %+v", from.AuthInfo)
	}
	decrypted, err := crypto.BatchDecrypt(deadline(t), &latchkeyv1.BatchDecryptRequest{CiphertextBlobs: encrypted.CiphertextBlobs})
	if err != nil {
		t.Fatal(err)
	}
	if !equal(decrypted.Plaintexts, plaintexts) {
		t.Errorf("decrypted to %q", decrypted.Plaintexts)
	}
}

func TestExchangesOverTLS(t *testing.T) {
	connection := overTLS(t, server.tlsAddress, trusting(t, "servers"), server.token)
	keyID, plaintexts := newKey(t, connection), [][]byte{[]byte("one"), []byte("two")}
	stream, err := latchkeyv1.NewCryptoServiceClient(connection).Exchange(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	if first, err := stream.Recv(); err != nil || first.GetLimits().GetMaxBatchItems() == 0 {
		t.Fatalf("the stream begins with %v, %v", first, err)
	}
	encrypt := &latchkeyv1.ExchangeRequest_BatchEncrypt{BatchEncrypt: &latchkeyv1.BatchEncryptRequest{KeyId: keyID, Plaintexts: plaintexts}}
	blobs := exchange(t, stream, &latchkeyv1.ExchangeRequest{Id: 1, Request: encrypt}).GetBatchEncrypt().GetCiphertextBlobs()
	decrypt := &latchkeyv1.ExchangeRequest_BatchDecrypt{BatchDecrypt: &latchkeyv1.BatchDecryptRequest{CiphertextBlobs: blobs}}
	if opened := exchange(t, stream, &latchkeyv1.ExchangeRequest{Id: 2, Request: decrypt}); !equal(opened.GetBatchDecrypt().GetPlaintexts(), plaintexts) {
		t.Errorf("decrypted to %v", opened)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if more, err := stream.Recv(); err != io.EOF {
		t.Errorf("the stream ends with %v, %v", more, err)
	}
}

func TestACertificateIsAnIdentity(t *testing.T) {
	administrator := overTLS(t, server.tlsAddress, trusting(t, "servers"), server.token)
	for certificate, path := range map[string]string{"ec": ":user/cert/spiffe%3A%2F%2Fexample.org%2Forders", "rsa": ":user/cert/db.example.org"} {
		t.Run(certificate, func(t *testing.T) {
			connection := overTLS(t, server.mtlsAddress, certified(t, certificate), "")
			caller, err := latchkeyv1.NewAccessServiceClient(connection).GetCallerIdentity(deadline(t), &latchkeyv1.GetCallerIdentityRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(caller.Arn, path) {
				t.Errorf("the caller is %s", caller.Arn)
			}
			keyID := newKey(t, administrator)
			info := detail[*errdetails.ErrorInfo](t, roundTrip(t, connection, keyID), codes.PermissionDenied)
			if info.Domain != "latchkey" || info.Reason != "ACCESS_DENIED" {
				t.Errorf("the error's reason is %s of %s", info.Reason, info.Domain)
			}
			grant := &latchkeyv1.CreateGrantRequest{
				KeyId:            keyID,
				GranteePrincipal: caller.Arn,
				Operations:       []latchkeyv1.GrantOperation{latchkeyv1.GrantOperation_GRANT_OPERATION_ENCRYPT, latchkeyv1.GrantOperation_GRANT_OPERATION_DECRYPT},
			}
			if _, err := latchkeyv1.NewKeyServiceClient(administrator).CreateGrant(deadline(t), grant); err != nil {
				t.Fatal(err)
			}
			if err := roundTrip(t, connection, keyID); err != nil {
				t.Error(err)
			}
			another := detail[*errdetails.ErrorInfo](t, roundTrip(t, connection, newKey(t, administrator)), codes.PermissionDenied)
			if another.Reason != "ACCESS_DENIED" {
				t.Errorf("for another key the error's reason is %s", another.Reason)
			}
		})
	}
}

func TestIsNobodyWithoutACertificateAndAToken(t *testing.T) {
	connection := overTLS(t, server.tlsAddress, trusting(t, "servers"), "")
	info := detail[*errdetails.ErrorInfo](t, whoAmI(t, connection), codes.Unauthenticated)
	if info.Domain != "latchkey" || info.Reason != "UNAUTHENTICATED" {
		t.Errorf("the error's reason is %s of %s", info.Reason, info.Domain)
	}
}

// All come with the administrator's token, so that nothing else keeps them out.
func TestDoesNotConnect(t *testing.T) {
	misnamed, old := trusting(t, "servers"), trusting(t, "servers")
	misnamed.ServerName = "other.example.org"
	old.MaxVersion = tls.VersionTLS12
	for name, refused := range map[string]struct {
		address string
		config  *tls.Config
		// Part of the message, where the client itself refuses.
		says string
	}{
		"without a certificate where one is required":                   {server.mtlsAddress, trusting(t, "servers"), ""},
		"with a certificate of another authority where one is required": {server.mtlsAddress, certified(t, "stranger"), ""},
		"with a certificate of another authority where one is optional": {server.tlsAddress, certified(t, "stranger"), ""},
		"to a server of an authority that it does not trust":            {server.tlsAddress, trusting(t, "clients"), "unknown authority"},
		"to a server of another name":                                   {server.tlsAddress, misnamed, "not other.example.org"},
		"by TLS 1.2":                                                    {server.tlsAddress, old, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := whoAmI(t, overTLS(t, refused.address, refused.config, server.token))
			if status.Code(err) != codes.Unavailable || !strings.Contains(status.Convert(err).Message(), refused.says) {
				t.Errorf("the call ended with %v", err)
			}
		})
	}
}

// Trusts servers of that authority.
func trusting(t *testing.T, authority string) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(server.file(authority + ".pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("%s is no certificate", authority)
	}
	return &tls.Config{RootCAs: roots}
}

// Trusts the server, and shows that certificate to it.
func certified(t *testing.T, name string) *tls.Config {
	t.Helper()
	config := trusting(t, "servers")
	certificate, err := tls.LoadX509KeyPair(server.file(name+".pem"), server.file(name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	config.Certificates = []tls.Certificate{certificate}
	return config
}

// A connection of the test's own; ” is no token.
func overTLS(t *testing.T, address string, config *tls.Config, token string) *grpc.ClientConn {
	t.Helper()
	options := []grpc.DialOption{grpc.WithTransportCredentials(credentials.NewTLS(config)), grpc.WithNoProxy()}
	if token != "" {
		options = append(options, grpc.WithPerRPCCredentials(bearer(token)))
	}
	connection, err := grpc.NewClient("passthrough:///"+address, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}

// A token that goes over TLS only.
type bearer string

func (token bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(token)}, nil
}

func (bearer) RequireTransportSecurity() bool { return true }

func whoAmI(t *testing.T, connection *grpc.ClientConn) error {
	t.Helper()
	_, err := latchkeyv1.NewAccessServiceClient(connection).GetCallerIdentity(deadline(t), &latchkeyv1.GetCallerIdentityRequest{})
	return err
}

// Encrypts, decrypts and compares. Answers why Encrypt was refused.
func roundTrip(t *testing.T, connection *grpc.ClientConn, keyID string) error {
	t.Helper()
	crypto, plaintext := latchkeyv1.NewCryptoServiceClient(connection), []byte("attack at dawn")
	encrypted, err := crypto.Encrypt(deadline(t), &latchkeyv1.EncryptRequest{KeyId: keyID, Plaintext: plaintext})
	if err != nil {
		return err
	}
	decrypted, err := crypto.Decrypt(deadline(t), &latchkeyv1.DecryptRequest{CiphertextBlob: encrypted.CiphertextBlob})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(decrypted.Plaintext, plaintext) {
		t.Errorf("decrypted to %q", decrypted.Plaintext)
	}
	return nil
}

// Sends a request and waits for its answer.
func exchange(t *testing.T, stream grpc.BidiStreamingClient[latchkeyv1.ExchangeRequest, latchkeyv1.ExchangeResponse], request *latchkeyv1.ExchangeRequest) *latchkeyv1.ExchangeResponse {
	t.Helper()
	if err := stream.Send(request); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if answer.Id != request.Id {
		t.Fatalf("%v answers request %d", answer, request.Id)
	}
	return answer
}

func equal(some, others [][]byte) bool {
	return slices.EqualFunc(some, others, bytes.Equal)
}
