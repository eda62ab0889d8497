// Calls a Python script from Go, by `provider-host pipe` (docs/protocol.md, "The pipe"). Only the standard library. Run
// it in the top directory of Provider Host:
//
//	go run examples/pipe/pipe.go examples/plain.py
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
)

// A call or a cancellation.
type request struct {
	Type string `json:"type"`
	ID   int    `json:"id"`
	Args []any  `json:"args,omitempty"`
}

// Everything that the pipe sends; which members there are depends on the type.
type response struct {
	Type   string          `json:"type"`
	ID     int             `json:"id"`
	Python string          `json:"python"`
	Result json.RawMessage `json:"result"`
	Error  struct {
		Kind    string `json:"kind"`
		Message string `json:"message"`
	} `json:"error"`
}

func send(to io.Writer, message request) error {
	payload, err := json.Marshal(message)
	if err != nil {
		return err
	}
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(payload)))
	_, err = to.Write(append(frame, payload...))
	return err
}

func receive(from io.Reader) (message response, err error) {
	var size uint32
	if err = binary.Read(from, binary.BigEndian, &size); err != nil {
		return message, err
	}
	payload := make([]byte, size)
	if _, err = io.ReadFull(from, payload); err != nil {
		return message, err
	}
	return message, json.Unmarshal(payload, &message)
}

func show(message response) {
	switch message.Type {
	case "ready":
		fmt.Println("Python", message.Python, "is ready")
	case "failed":
		fmt.Println("The script cannot be imported:", message.Error.Message)
	case "result":
		var result struct {
			Output any `json:"output"`
		}
		if err := json.Unmarshal(message.Result, &result); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d: %v\n", message.ID, result.Output)
	case "error":
		fmt.Printf("%d: %s: %s\n", message.ID, message.Error.Kind, message.Error.Message)
	}
}

// Sends all calls at once and cancels the last of them; others may write meanwhile what comes.
func sendAll(to io.WriteCloser, prompts []string) error {
	for i, prompt := range prompts {
		if err := send(to, request{"call", i + 1, []any{prompt, struct{}{}, struct{}{}}}); err != nil {
			return err
		}
	}
	if err := send(to, request{"cancel", len(prompts), nil}); err != nil {
		return err
	}
	return to.Close() // the pipe ends when all calls have finished
}

func main() {
	program, script := "provider-host", "examples/plain.py"
	if path := os.Getenv("PROVIDER_HOST"); path != "" {
		program = path
	}
	if len(os.Args) > 1 {
		script = os.Args[1]
	}
	pipe := exec.Command(program, "pipe", script, "--workers", "2")
	pipe.Stderr = os.Stderr
	stdin, err := pipe.StdinPipe()
	if err != nil {
		log.Fatal(err)
	}
	stdout, err := pipe.StdoutPipe()
	if err != nil {
		log.Fatal(err)
	}
	if err := pipe.Start(); err != nil {
		log.Fatal(err)
	}
	go func() {
		if err := sendAll(stdin, []string{"Good morning", "Добрый вечер", "How many words are there?", "Never mind"}); err != nil {
			log.Print(err)
		}
	}()
	for reader := bufio.NewReader(stdout); ; {
		message, err := receive(reader)
		if err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		show(message)
	}
	if err := pipe.Wait(); err != nil {
		log.Fatal(err)
	}
}
