# docker build -t tributary --build-arg VERSION=$(git describe --always --tags) .
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY third_party third_party
RUN go mod download
COPY . .
ARG VERSION TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w -X tributary/version.stamped=$VERSION" -o /tributary ./cmd/tributary

# Certificates and time zones, a user without rights, and no shell.
FROM gcr.io/distroless/static:nonroot
ARG VERSION
LABEL org.opencontainers.image.title="Tributary" \
      org.opencontainers.image.description="Keeps a complete and fresh copy of GitHub organizations in SQL" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /tributary /src/LICENSE /src/NOTICE /
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=7s --start-period=30s CMD ["/tributary", "healthcheck"]
ENTRYPOINT ["/tributary"]
CMD ["api"]
