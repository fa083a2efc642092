// A request and its response, both whole.
// Must not be printable: tokens and passwords are in them.

/// What is asked.
package struct HTTPRequest: Sendable, CustomStringConvertible, CustomReflectable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    package var method: Method
    package var url: HTTPURL
    /// Beside those that a client has to send. Without line ends.
    package var fields: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    /// Octets of the response's body that are read.
    package var bodyLimit = Limits.body

    package init(_ method: Method, _ url: HTTPURL) {
        self.method = method
        self.url = url
    }

    package var description: String { "\(method.rawValue) \(url.authority)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// A form (`application/x-www-form-urlencoded`).
    package static func form(_ url: HTTPURL, _ values: [(name: String, value: String)]) -> HTTPRequest {
        var request = HTTPRequest(.post, url)
        request.fields = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
        request.body = Array(URLQuery.text(values).utf8)
        return request
    }
}

/// What was answered.
package struct HTTPResponse: Sendable, CustomStringConvertible, CustomReflectable {
    package var status: Int
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The first field of that name, whatever its case.
    package subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    package var description: String { "status \(status)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why there is no response.
package enum HTTPFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// No connection: the network's word for it.
    case unreachable(String)
    /// No TLS, or with somebody else.
    case untrusted(String)
    /// The proxy does not lead there.
    case proxyRefused(status: Int)
    case timedOut
    /// It ended in the middle.
    case cut
    /// What came is no HTTP.
    case malformed
    case tooLarge
    /// Nobody waits for it any more.
    case cancelled

    package var description: String {
        switch self {
        case .unreachable(let reason): reason
        case .untrusted(let reason): reason
        case .proxyRefused(let status): "the proxy refuses with status \(status)"
        case .timedOut: "no answer in time"
        case .cut: "the connection ended in the middle of the answer"
        case .malformed: "the answer is no HTTP"
        case .tooLarge: "the answer is too large"
        case .cancelled: "it was given up"
        }
    }
}
