// HAProxy as a TCP relay: it knows nothing of POP3, so it shows what a blind relay costs.
// Must not trust any upstream: it verifies as we do, and may resume sessions as we do.

enum HAProxy {
    static func prepare(_ site: Site) throws -> [String] {
        let file = try site.write("haproxy.cfg", configuration(site))
        return ["/usr/sbin/haproxy", "-db", "-f", file]
    }

    private static func configuration(_ site: Site) -> String {
        let listener = site.path.clientHasTLS ? " ssl crt \(site.certificates.chainAndKey)" : ""
        let verification = "verify required ca-file \(site.certificates.authority)"
        let upstream =
            site.path.upstreamHasTLS ? " ssl \(verification) sni str(localhost) verifyhost localhost" : ""
        return """
            global
                nbthread \(site.workers)
                maxconn \(site.sessions)
            defaults
                mode tcp
                timeout connect 5s
                timeout client 10m
                timeout server 10m
                backlog 4096
            listen pop3
                bind 127.0.0.1:\(site.port)\(listener)
                server upstream 127.0.0.1:\(site.upstreamPort)\(upstream)

            """
    }
}
