package polyglot

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// The connection that every test shares.
var connection *grpc.ClientConn

func TestMain(m *testing.M) {
	code, err := runWithServer(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// Runs the tests against LATCHKEY_ADDRESS, with LATCHKEY_TOKEN, or against a server that is started for them.
func runWithServer(m *testing.M) (code int, err error) {
	address, token := os.Getenv("LATCHKEY_ADDRESS"), os.Getenv("LATCHKEY_TOKEN")
	if address == "" {
		var stop func() error
		if address, token, stop, err = startServer(); err != nil {
			return 1, err
		}
		defer func() {
			if stopped := stop(); err == nil {
				err = stopped
			}
		}()
	}
	connection, err = grpc.NewClient(
		"passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(authorized(token)),
		grpc.WithNoProxy(),
	)
	if err != nil {
		return 1, err
	}
	defer connection.Close()
	return m.Run(), nil
}

// Sends the token with every call.
func authorized(token string) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, request, reply any, connection *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
		return invoke(ctx, method, request, reply, connection, options...)
	}
}

// The server ends with its standard input.
func startServer() (address, token string, stop func() error, err error) {
	server := exec.Command("node", "../serve.ts")
	server.Stderr = os.Stderr
	input, err := server.StdinPipe()
	if err != nil {
		return "", "", nil, err
	}
	output, err := server.StdoutPipe()
	if err != nil {
		return "", "", nil, err
	}
	if err := server.Start(); err != nil {
		return "", "", nil, err
	}
	var lines [2]string
	reader := bufio.NewReader(output)
	for i := range lines {
		if lines[i], err = reader.ReadString('\n'); err != nil {
			return "", "", nil, fmt.Errorf("the server did not say where it listens, and for whom: %w", err)
		}
	}
	stop = func() error {
		input.Close()
		return server.Wait()
	}
	return strings.TrimSpace(lines[0]), strings.TrimSpace(lines[1]), stop, nil
}
