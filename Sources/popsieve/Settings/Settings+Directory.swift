// A directory that is asked by HTTP who a user is, as nginx's auth_http: what the settings say of it.
// Must not read a secret or ask; DirectoryLoader and AuthHTTP do.

import HTTPClient
import NIOCore
import Relay
import Yams

extension Settings {
    /// A directory, and what it may lead to.
    struct Directory {
        var url: HTTPURL
        /// The upstream whose settings hold for the addresses that it names; nil: the only one.
        var upstream: String?
        /// Networks of these addresses; nil: all but those of this machine.
        var servers: [Network]?
        /// Header fields of each request, and from where their values are had.
        var header: [(name: String, source: String)] = []
        /// PEM file with the roots to trust; the system's where it is nil.
        var ca: String?
        var timeout = TimeAmount.seconds(10)
        /// How long an answer that let somebody in is remembered.
        var cache = TimeAmount.seconds(30)
        var places = Places(.program)
    }

    func checkDirectory(_ findings: FindingList) {
        guard let directory else { return }
        let places = directory.places
        if !routes.isEmpty {
            let message = "\"auth-http\" says who goes where, and so do the routes"
            findings.error(places.section, message, "keep one of them")
        }
        let names = upstreams.map(\.name)
        if let upstream = directory.upstream, !names.contains(upstream), !self.places.leavesOpen("upstreams") {
            let near = names.nearest(to: upstream).map { "did you mean \"\($0)\"?" }
            let fix = near ?? "known: \(names.joined(separator: ", "))"
            findings.error(places["upstream"], "there is no upstream \"\(upstream)\"", fix)
        } else if directory.upstream == nil, upstreams.count > 1, !places.leavesOpen("upstream") {
            let message = "there are \(upstreams.count) upstreams, and auth-http does not say whose settings hold"
            findings.error(places.section, message, "add upstream: \(names[0])")
        }
        if !directory.url.isPrivate {
            let message = "passwords go to \(directory.url.authority) in plain text"
            findings.warning(places["url"], message, "write https:, or ask a directory on this machine")
        }
        if directory.ca != nil, directory.url.scheme == .http {
            findings.error(places["ca"], "\"ca\" means nothing with http:", "write https:, or take it away")
        }
    }

    var directoryLines: [String] {
        guard let directory else { return [] }
        let texts: [(String, String?)] = [
            ("url", "\(directory.url)".quoted), ("upstream", directory.upstream?.quoted),
            ("servers", directory.servers.map { "[\($0.map(\.description.quoted).joined(separator: ", "))]" }),
            (
                "header",
                directory.header.isEmpty ? nil : flow(directory.header.map { ($0.name.quoted, $0.source.quoted) })
            ),
            ("ca", directory.ca?.quoted), ("timeout", directory.timeout.setting), ("cache", directory.cache.setting),
        ]
        return ["auth-http: \(flow(texts.compactMap { key, value in value.map { (key, $0) } }))"]
    }
}

extension SettingsReader {
    func readDirectory(_ root: SettingsSection) -> Settings.Directory? {
        guard let section = root.section("auth-http") else { return nil }
        let url = section.value("url", "a URL", "\"http://127.0.0.1:9000/auth\"", HTTPURL.init)
        let upstream = section.string("upstream")
        let servers = section.list("servers", readNetwork)
        let header = section.section("header").map { readHeader($0, section) }
        let ca = section.secretPath("ca")
        let timeout = section.time("timeout")
        let cache = section.value("cache", "a time", "30s, or 0s for none", Quantity.duration)
        var directory = url.map { Settings.Directory(url: $0, upstream: upstream, servers: servers, ca: ca) }
        directory?.header = header ?? []
        if let timeout { directory?.timeout = timeout }
        if let cache { directory?.cache = cache }
        section.finish()
        section.misses("url", "\"auth-http\" needs a \"url\"", "write for example url: \"http://127.0.0.1:9000/auth\"")
        if !section.places.faulty.isEmpty || section.places.hasUnknownKeys { root.markFaulty("auth-http") }
        directory?.places = section.places
        return directory
    }

    private func readHeader(_ header: SettingsSection, _ section: SettingsSection) -> [(name: String, source: String)] {
        header.names.compactMap { name in
            let isToken = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains($0) }
            guard isToken, !name.isEmpty else {
                section.error("header", "\"\(name)\" is no name of a header field", "write for example X-Auth-Key")
                return nil
            }
            guard let source = header.secretPath(name, mayBeVariable: true) else {
                section.markFaulty("header")
                return nil
            }
            return (name, source)
        }
    }
}
