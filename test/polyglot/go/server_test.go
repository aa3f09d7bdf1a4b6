package polyglot

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
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

// Runs the tests against LATCHKEY_ADDRESS, or against a server that is started for them.
func runWithServer(m *testing.M) (code int, err error) {
	address := os.Getenv("LATCHKEY_ADDRESS")
	if address == "" {
		var stop func() error
		if address, stop, err = startServer(); err != nil {
			return 1, err
		}
		defer func() {
			if stopped := stop(); err == nil {
				err = stopped
			}
		}()
	}
	connection, err = grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	if err != nil {
		return 1, err
	}
	defer connection.Close()
	return m.Run(), nil
}

// The server ends with its standard input.
func startServer() (address string, stop func() error, err error) {
	server := exec.Command("node", "../serve.ts")
	server.Stderr = os.Stderr
	input, err := server.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	output, err := server.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return "", nil, fmt.Errorf("the server did not say where it listens: %w", err)
	}
	stop = func() error {
		input.Close()
		return server.Wait()
	}
	return strings.TrimSpace(line), stop, nil
}
