package polyglot

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

var (
	// The connection without TLS that tests share.
	connection *grpc.ClientConn
	// The server that tests over TLS call.
	server *runningServer
)

func TestMain(m *testing.M) {
	code, err := runWithServer(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// Runs the tests against a server that is started for them; those without TLS against LATCHKEY_ADDRESS, with LATCHKEY_TOKEN, where that is set.
func runWithServer(m *testing.M) (code int, err error) {
	if server, err = startServer(); err != nil {
		return 1, err
	}
	defer func() {
		if stopped := server.stop(); err == nil {
			err = stopped
		}
	}()
	address, token := os.Getenv("LATCHKEY_ADDRESS"), os.Getenv("LATCHKEY_TOKEN")
	if address == "" {
		address, token = server.plaintextAddress, server.token
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

// A server of ../serve.ts.
type runningServer struct {
	plaintextAddress, token string
	// Where a client's certificate is optional, and where it is required.
	tlsAddress, mtlsAddress string
	// Folder of the PEM files.
	certificates string
	process      *exec.Cmd
	input        io.Closer
}

func startServer() (*runningServer, error) {
	process := exec.Command("node", "../serve.ts")
	process.Stderr = os.Stderr
	input, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	started := &runningServer{process: process, input: input}
	reader := bufio.NewReader(output)
	for _, said := range []*string{&started.plaintextAddress, &started.token, &started.tlsAddress, &started.mtlsAddress, &started.certificates} {
		line, err := reader.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("the server did not say where it listens, and for whom: %w", err)
		}
		*said = strings.TrimSpace(line)
	}
	return started, nil
}

// The server ends with its standard input.
func (server *runningServer) stop() error {
	server.input.Close()
	return server.process.Wait()
}

// A PEM file.
func (server *runningServer) file(name string) string {
	return filepath.Join(server.certificates, name)
}
