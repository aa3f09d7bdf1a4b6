// Encrypts a column of many rows in batches: `go run ./encrypt-rows [rows]` in the folder above, a million when not given.
// Each value is bound to the id of its row, so that it cannot be moved to another. The stubs are those of ../main.go.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	latchkey "example.com/quickstart/stubs/latchkey/v1"
)

const rowsPerBatch, batchesInFlight = 1000, 4

func main() {
	rowCount := 1_000_000
	if len(os.Args) > 1 {
		given, err := strconv.Atoi(os.Args[1])
		if err != nil || given < 1 {
			fmt.Fprintln(os.Stderr, "usage: encrypt-rows [rows]")
			os.Exit(2)
		}
		rowCount = given
	}
	address := cmp.Or(os.Getenv("LATCHKEY_ADDRESS"), "127.0.0.1:50051")
	connection := must(grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials())))
	keys, crypto := latchkey.NewKeyServiceClient(connection), latchkey.NewCryptoServiceClient(connection)
	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+token())
	common := map[string]string{"table": "customers"}
	key := must(keys.CreateKey(ctx, &latchkey.CreateKeyRequest{Description: "Customers"})).KeyMetadata

	started, failedCount, batches := time.Now(), 0, make(chan *latchkey.BatchEncryptRequest)
	sample := &latchkey.BatchDecryptRequest{EncryptionContext: common, ItemContextKey: "id"}
	var lock sync.Mutex
	var senders sync.WaitGroup
	for range batchesInFlight {
		senders.Add(1)
		go func() {
			defer senders.Done()
			for batch := range batches {
				response := must(crypto.BatchEncrypt(ctx, batch))
				for _, failure := range response.Errors {
					for _, index := range failure.Indexes {
						log.Printf("Not encrypted, %s: row %s", failure.Status.Message, batch.ItemContextValues[index])
					}
				}
				lock.Lock() // Here the ciphertexts would be written back; that of a row that failed is empty.
				failedCount += int(response.FailedCount)
				if len(response.CiphertextBlobs[0]) > 0 && len(sample.CiphertextBlobs) < 1000 {
					sample.CiphertextBlobs = append(sample.CiphertextBlobs, response.CiphertextBlobs[0])
					sample.ItemContextValues = append(sample.ItemContextValues, batch.ItemContextValues[0])
				}
				lock.Unlock()
			}
		}()
	}
	// A table, which a program of your own would read from somewhere.
	for first := 1; first <= rowCount; first += rowsPerBatch {
		batch := &latchkey.BatchEncryptRequest{KeyId: key.KeyId, EncryptionContext: common, ItemContextKey: "id"}
		for id := first; id < min(first+rowsPerBatch, rowCount+1); id++ {
			batch.ItemContextValues = append(batch.ItemContextValues, strconv.Itoa(id))
			batch.Plaintexts = append(batch.Plaintexts, []byte(email(strconv.Itoa(id))))
		}
		batches <- batch
	}
	close(batches)
	senders.Wait()
	seconds, encryptedCount := time.Since(started).Seconds(), rowCount-failedCount
	fmt.Printf("%d of %d rows in %.2f s, %.0f rows/s\n", encryptedCount, rowCount, seconds, float64(encryptedCount)/seconds)

	good := 0
	for i, plaintext := range must(crypto.BatchDecrypt(ctx, sample)).Plaintexts {
		if string(plaintext) == email(sample.ItemContextValues[i]) {
			good++
		}
	}
	fmt.Printf("%d of %d rows decrypt to what they were\n", good, len(sample.CiphertextBlobs))
	if failedCount > 0 || good < len(sample.CiphertextBlobs) {
		os.Exit(1)
	}
}

func email(id string) string { return fmt.Sprintf("customer-%s@example.com", id) }

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
