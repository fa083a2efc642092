// URLs, queries and proxies as texts.

import Testing

@testable import HTTPClient

@Suite struct HTTPURLTests {
    @Test(
        "what a URL says",
        arguments: [
            ("https://a.example", "https", "a.example", 443, "/"),
            ("HTTPS://A.Example/b?c=d", "https", "a.example", 443, "/b?c=d"),
            ("http://a.example:8080?q", "http", "a.example", 8080, "/?q"),
            ("http://[::1]:80/", "http", "::1", 80, "/"),
            ("http://127.0.0.1:1/x", "http", "127.0.0.1", 1, "/x"),
        ]
    )
    func parts(text: String, scheme: String, host: String, port: Int, target: String) throws {
        let url = try #require(HTTPURL(text))
        #expect(url.scheme.rawValue == scheme)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
        #expect(HTTPURL(url.description) == url)
    }

    @Test(
        "what is none",
        arguments: [
            "", "a.example", "ftp://a.example", "https://", "https:///x", "https://u:p@a.example/",
            "https://a.example/#f",
            "https://a.example:0/", "https://a.example:65536/", "https://a.example:x/", "https://a b/",
            "https://a/\r\n",
            "https://a\\b/", "https://::1/", "https://[a]/", "https://ü.example/", "https://a.example:+1/",
            "https://\(String(repeating: "a", count: 9000)).example/",
        ]
    )
    func nonsense(text: String) { #expect(HTTPURL(text) == nil) }

    @Test(
        "secrets go where nobody listens",
        arguments: [
            ("https://a.example/", true), ("http://a.example/", false), ("http://localhost:1/", true),
            ("http://127.0.0.1/", true), ("http://[::1]/", true), ("http://127.evil.example/", false),
        ]
    )
    func isPrivate(text: String, isPrivate: Bool) { #expect(HTTPURL(text)?.isPrivate == isPrivate) }

    @Test("queries are read as they were written, or not at all")
    func queries() {
        let values = ["a": "1 & 2", "b": "ü=%", "c": ""]
        let text = URLQuery.text(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        #expect(URLQuery.values(text[...]) == values)
        #expect(URLQuery.values("a=1+2&b") == ["a": "1 2", "b": ""])
        for wrong in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=1&a=2"] { #expect(URLQuery.values(wrong[...]) == nil) }
    }

    @Test(
        "proxies",
        arguments: [
            ("http://proxy.example:3128", "http://proxy.example:3128"),
            ("http://proxy.example:3128/", "http://proxy.example:3128"),
            ("https://proxy.example:3128", nil), ("http://proxy.example:3128/x", nil), ("proxy.example:3128", nil),
        ] as [(String, String?)]
    )
    func proxies(text: String, proxy: String?) { #expect(HTTPProxy(text)?.description == proxy) }

    @Test("no message shows what is in it")
    func secrecy() throws {
        let url = try #require(HTTPURL("https://a.example/?code=hidden"))
        let request = HTTPRequest.form(url, [("refresh_token", "hidden")])
        let response = HTTPResponse(status: 200, body: Array("hidden".utf8))
        for text in ["\(request)", "\(response)", String(reflecting: request), String(reflecting: response)] {
            #expect(!text.contains("hidden"))
        }
        var dumped = ""
        dump(request, to: &dumped)
        dump(response, to: &dumped)
        #expect(!dumped.contains("104"))
    }
}
