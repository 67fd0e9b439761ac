# Built where the builder runs, for the platform that is asked for.
FROM --platform=${BUILDPLATFORM} golang:1.26 AS build
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src

# The modules change seldom: they keep a layer of their own.
COPY go.mod go.sum ./
RUN go mod download

COPY api/ api/
COPY cmd/ cmd/
COPY internal/ internal/
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} \
    go build -trimpath -ldflags "-s -w" -o /manager ./cmd/manager

FROM gcr.io/distroless/static:nonroot
COPY --from=build /manager /manager
USER 65532:65532
ENTRYPOINT ["/manager"]
