// Requests to servers that answer well, badly, endlessly or not at all.

import Certificates
import NIOCore
import NIOPosix
import TLS
import Testing

@testable import HTTPClient

@Suite struct HTTPClientTests {
    let certificates = TestCertificates.shared

    private func client(patience: TimeAmount = .seconds(60), proxy: HTTPProxy? = nil) throws -> HTTPClient {
        try HTTPClient(
            on: MultiThreadedEventLoopGroup.singleton,
            trusting: .roots(file: certificates.path("ca.pem")),
            proxy: proxy,
            patience: patience
        )
    }

    private func url(_ text: String) throws -> HTTPURL { try #require(HTTPURL(text)) }

    private func failure(_ client: HTTPClient, _ text: String) async throws -> HTTPFailure? {
        let request = HTTPRequest(.get, try url(text))
        do throws(HTTPFailure) {
            _ = try await client.response(to: request)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "however the body's end is told",
        arguments: [
            ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"],
            ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "lo"],
            ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"],
            ["HTTP/1.0 200 OK\r\n\r\nhello"],
            ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"],
        ],
        [false, true]
    )
    func answers(pieces: [String], isEncrypted: Bool) async throws {
        let server = try await TestServer(pieces, context: isEncrypted ? certificates.webServer("ecdsa") : nil)
        let scheme = isEncrypted ? "https" : "http"
        let request = try HTTPRequest(.get, url("\(scheme)://127.0.0.1:\(server.port)/a?b"))
        let response = try await client().response(to: request)
        #expect(response.status == 200)
        #expect(response.body == Array("hello".utf8))
        await server.close()
    }

    @Test("a form is sent whole, and its answer is read whatever its status is")
    func form() async throws {
        let server = try await TestServer(["HTTP/1.1 400 No\r\nContent-Length: 2\r\nX-Word: w\r\n\r\n{}"])
        let address = try url("http://127.0.0.1:\(server.port)/token")
        let response = try await client().response(to: .form(address, [("a", "1 & 2"), ("b", "ü=")]))
        #expect(response.status == 400)
        #expect(response["x-word"] == "w")
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /token HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
        #expect(request.hasSuffix("\r\n\r\na=1%20%26%202&b=%C3%BC%3D"))
        await server.close()
    }

    @Test(
        "hostile answers end in words",
        arguments: [
            (["+OK POP3 here\r\n"], .closes, .malformed),
            (["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"], .closes, .cut),
            (["HTTP/1.1 200 OK\r\nContent-Le"], .closes, .cut),
            (["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"], .closes, .malformed),
            ([""], .closes, .cut),
            (["HTTP/1.1 200 OK\r\n", "X-Field: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"], .repeats, .tooLarge),
            (["HTTP/1.1 200 OK\r\n\r\n", "endless"], .repeats, .tooLarge),
            (["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"], .repeats, .tooLarge),
            (["HTTP/1.1 103 Early Hints\r\n\r\n"], .repeats, .malformed),
            (["HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"], .closes, .malformed),
            (["HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"], .closes, .malformed),
        ] as [([String], TestServer.End, HTTPFailure)]
    )
    func hostile(pieces: [String], end: TestServer.End, expected: HTTPFailure) async throws {
        let server = try await TestServer(pieces, then: end)
        #expect(try await failure(client(), "http://127.0.0.1:\(server.port)/") == expected)
        await server.close()
    }

    @Test("silence ends by the deadline", arguments: [[""], ["HTTP/1.1 200 OK\r\n"], ["HTTP/1.0 200 OK\r\n\r\nhel"]])
    func silence(pieces: [String]) async throws {
        let server = try await TestServer(pieces, then: .staysSilent)
        let hasty = try client(patience: .milliseconds(300))
        #expect(try await failure(hasty, "http://127.0.0.1:\(server.port)/") == .timedOut)
        await server.close()
    }

    @Test("a task that is cancelled waits no longer")
    func cancelled() async throws {
        let server = try await TestServer([""], then: .staysSilent)
        let (client, port) = (try client(), server.port)
        let task = Task { try await failure(client, "http://127.0.0.1:\(port)/") }
        task.cancel()
        #expect(try await task.value == .cancelled)
        await server.close()
    }

    @Test("nobody but who the URL names is trusted", arguments: ["other-host", "unknown-issuer", "expired", "future"])
    func certificate(name: String) async throws {
        let server = try await TestServer(["HTTP/1.0 200 OK\r\n\r\n"], context: certificates.webServer(name))
        guard case .untrusted = try await failure(client(), "https://127.0.0.1:\(server.port)/") else {
            Issue.record("\(name) is trusted")
            return
        }
        #expect(server.requests.isEmpty)
        await server.close()
    }

    @Test("TLS that is cut in the body is no end")
    func truncation() async throws {
        let server = try await TestServer(
            ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"],
            context: certificates.webServer("rsa")
        )
        #expect(try await failure(client(), "https://127.0.0.1:\(server.port)/") == .cut)
        await server.close()
    }

    @Test("a port where nobody listens")
    func refused() async throws {
        let server = try await TestServer([])
        await server.close()
        #expect(try await failure(client(), "http://127.0.0.1:\(server.port)/") == .unreachable("connection refused"))
    }

    @Test("plain text goes by the proxy as a whole URL")
    func plainProxy() async throws {
        let server = try await TestServer(["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"])
        let proxy = try #require(HTTPProxy("http://127.0.0.1:\(server.port)"))
        let response = try await client(proxy: proxy).response(to: HTTPRequest(.get, url("http://a.example/b?c")))
        #expect(response.body == Array("hi".utf8))
        #expect(server.requests.first?.hasPrefix("GET http://a.example/b?c HTTP/1.1\r\nHost: a.example\r\n") == true)
        await server.close()
    }

    @Test(
        "what a proxy says instead of opening a tunnel",
        arguments: [
            ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", .proxyRefused(status: 407)),
            ("SSH-2.0-x\r\n\r\n", .malformed),
            ("HTTP/1.1 200 OK\r\n\r\nand more", .malformed),
            ("HTTP/1.1 200", .cut),
        ] as [(String, HTTPFailure)]
    )
    func tunnelRefused(answer: String, expected: HTTPFailure) async throws {
        let server = try await TestServer([answer])
        let proxy = try #require(HTTPProxy("http://127.0.0.1:\(server.port)/"))
        #expect(try await failure(client(proxy: proxy), "https://a.example/") == expected)
        #expect(server.requests.first == "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")
        await server.close()
    }

    @Test("what is in a tunnel is verified against the name in the URL")
    func tunnel() async throws {
        // The proxy answers the CONNECT in plain text, and goes on as the server that it pretends to have reached.
        let server = try await TestServer(["HTTP/1.1 200 OK\r\n\r\n"], then: .staysSilent)
        let proxy = try #require(HTTPProxy("http://127.0.0.1:\(server.port)"))
        #expect(try await failure(client(patience: .seconds(1), proxy: proxy), "https://a.example/") == .timedOut)
        // What follows the tunnel's opening is a ClientHello, and nothing of the request.
        #expect(server.requests.allSatisfy { !$0.contains("GET") })
        await server.close()
    }
}
