// Creates a key, encrypts and decrypts. `npx buf generate && go run .` runs it; buf.gen.yaml says what that needs.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	latchkey "example.com/quickstart/stubs/latchkey/v1"
)

func main() {
	address := cmp.Or(os.Getenv("LATCHKEY_ADDRESS"), "127.0.0.1:50051")
	connection := must(grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials())))
	keys, crypto := latchkey.NewKeyServiceClient(connection), latchkey.NewCryptoServiceClient(connection)

	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+token())
	encryptionContext := map[string]string{"tenant": "acme"}
	key := must(keys.CreateKey(ctx, &latchkey.CreateKeyRequest{Description: "Payments"})).KeyMetadata
	sealed := must(crypto.Encrypt(ctx, &latchkey.EncryptRequest{
		KeyId: key.KeyId, Plaintext: []byte("attack at dawn"), EncryptionContext: encryptionContext,
	}))
	opened := must(crypto.Decrypt(ctx, &latchkey.DecryptRequest{
		CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: encryptionContext,
	}))
	fmt.Printf("%s\n", opened.Plaintext)
}

// That of LATCHKEY_TOKEN, or of the administrator of a server in this checkout.
func token() string {
	if given := os.Getenv("LATCHKEY_TOKEN"); given != "" {
		return given
	}
	return strings.TrimSpace(string(must(os.ReadFile("../../secrets/admin.token"))))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
