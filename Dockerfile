# docker build -t tributary .
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY third_party third_party
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /tributary ./cmd/tributary

# Certificates and time zones, a user without rights, and no shell.
FROM gcr.io/distroless/static:nonroot
COPY --from=build /tributary /tributary
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=7s --start-period=30s CMD ["/tributary", "healthcheck"]
ENTRYPOINT ["/tributary"]
CMD ["api"]
