// Command crictl speaks CRI v1alpha2, all that containerd 1.5 knows: the crictl of later releases
// speaks v1 only. It does what the fleet's tests and the product ask of crictl, in its words.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gogo/protobuf/jsonpb"
	"github.com/gogo/protobuf/proto"
	"google.golang.org/grpc"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

const socket = "unix:///run/containerd/containerd.sock"

var printer = jsonpb.Marshaler{EmitDefaults: true, Indent: "  "}

func main() {
	endpoint := flag.String("runtime-endpoint", socket, "where CRI listens")
	flag.StringVar(endpoint, "r", socket, "where CRI listens")
	flag.StringVar(endpoint, "image-endpoint", socket, "where CRI listens")
	timeout := flag.Duration("timeout", 30*time.Second, "for the whole call")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	if err := do(ctx, strings.TrimPrefix(*endpoint, "unix://"), flag.Arg(0), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "crictl:", err)
		os.Exit(1)
	}
}

func do(ctx context.Context, path, action string, words []string) error {
	dial := func(ctx context.Context, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	conn, err := grpc.DialContext(ctx, path, grpc.WithInsecure(), grpc.WithContextDialer(dial))
	if err != nil {
		return err
	}
	runtime, images := cri.NewRuntimeServiceClient(conn), cri.NewImageServiceClient(conn)
	switch action {
	case "version":
		found, err := runtime.Version(ctx, &cri.VersionRequest{})
		return shown(found, err)
	case "info":
		return info(ctx, runtime)
	case "ps":
		return ps(ctx, runtime, words)
	case "images":
		return list(ctx, images, words)
	case "pull":
		found, err := images.PullImage(ctx, &cri.PullImageRequest{Image: &cri.ImageSpec{Image: words[1]}})
		if err == nil {
			fmt.Println("Image is up to date for", found.ImageRef)
		}
		return err
	case "inspecti":
		return inspect(ctx, images, words[1])
	case "rmi":
		return remove(ctx, images, words[1:])
	}
	return fmt.Errorf("no such action: %q", action)
}

func info(ctx context.Context, runtime cri.RuntimeServiceClient) error {
	found, err := runtime.Status(ctx, &cri.StatusRequest{Verbose: true})
	if err != nil {
		return err
	}
	return within("status", found.Status, found.Info)
}

func ps(ctx context.Context, runtime cri.RuntimeServiceClient, words []string) error {
	running := &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}
	filter := &cri.ContainerFilter{State: running}
	found, err := runtime.ListContainers(ctx, &cri.ListContainersRequest{Filter: filter})
	if err != nil || words[len(words)-1] == "json" {
		return shown(found, err)
	}
	for _, one := range found.Containers {
		fmt.Println(one.Id)
	}
	return nil
}

func list(ctx context.Context, images cri.ImageServiceClient, words []string) error {
	found, err := images.ListImages(ctx, &cri.ListImagesRequest{})
	if err != nil || words[len(words)-1] == "json" {
		return shown(found, err)
	}
	for _, one := range found.Images {
		fmt.Println(one.Id)
	}
	return nil
}

func inspect(ctx context.Context, images cri.ImageServiceClient, name string) error {
	spec := &cri.ImageSpec{Image: name}
	found, err := images.ImageStatus(ctx, &cri.ImageStatusRequest{Image: spec})
	if err == nil && found.Image == nil {
		err = fmt.Errorf("no such image %q present", name)
	}
	if err != nil {
		return err
	}
	return within("status", found.Image, nil)
}

func remove(ctx context.Context, images cri.ImageServiceClient, names []string) error {
	for _, name := range names {
		spec := &cri.ImageSpec{Image: name}
		if _, err := images.RemoveImage(ctx, &cri.RemoveImageRequest{Image: spec}); err != nil {
			return err
		}
	}
	return nil
}

func shown(found proto.Message, err error) error {
	if err != nil {
		return err
	}
	defer fmt.Println()
	return printer.Marshal(os.Stdout, found)
}

// within prints messages below names, as crictl does with what has more than one part.
func within(name string, found proto.Message, more map[string]string) error {
	text, err := printer.MarshalToString(found)
	if err != nil {
		return err
	}
	told := map[string]json.RawMessage{name: json.RawMessage(text)}
	for other, text := range more {
		if !json.Valid([]byte(text)) {
			text = strconv.Quote(text)
		}
		told[other] = json.RawMessage(text)
	}
	indented := json.NewEncoder(os.Stdout)
	indented.SetIndent("", "  ")
	return indented.Encode(told)
}
