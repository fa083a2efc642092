// Dovecot as a login proxy in its high-performance mode: processes that stay, as many as there are cores.
// Must not keep mail or know users.

import Foundation

enum Dovecot {
    static func prepare(_ site: Site) throws -> [String] {
        let file = try site.write("dovecot.conf", configuration(site))
        return ["/usr/sbin/dovecot", "-F", "-c", file]
    }

    private static func configuration(_ site: Site) -> String {
        let upstream = "host=localhost hostip=127.0.0.1 port=\(site.upstreamPort)"
        let port = { (isWanted: Bool) in isWanted ? site.port : 0 }
        return """
            base_dir = \(site.folder)/run
            state_dir = \(site.folder)/run
            log_path = /dev/stderr
            info_log_path = \(site.folder)/log
            protocols = pop3
            listen = 127.0.0.1
            \(user(site))
            disable_plaintext_auth = no
            ssl = \(site.path == .plain ? "no" : "yes")
            ssl_cert = <\(site.certificates.chain)
            ssl_key = <\(site.certificates.key)
            ssl_ca = <\(site.certificates.authority)
            ssl_require_crl = no
            mail_max_userip_connections = 0
            auth_worker_max_count = \(site.workers)
            verbose_proctitle = no
            default_client_limit = \(site.sessions * 4)
            default_vsz_limit = 4G
            passdb {
              driver = static
              args = nopassword=y proxy=y \(upstream)\(site.path.upstreamHasTLS ? " ssl=yes" : "")
            }
            service pop3-login {
              \(chroot)
              service_count = 0
              client_limit = \(site.room.map { $0 / site.workers } ?? site.sessions * 2)
              process_min_avail = \(site.workers)
              process_limit = \(site.workers)
              inet_listener pop3 {
                port = \(port(!site.path.clientHasTLS))
              }
              inet_listener pop3s {
                port = \(port(site.path.clientHasTLS))
                ssl = yes
              }
            }
            service anvil {
              \(chroot)
            }
            service stats {
              \(chroot)
            }

            """
    }

    /// Only root can be others, and lock them in.
    private static var isRoot: Bool { getuid() == 0 }
    private static var chroot: String { isRoot ? "" : "chroot =" }

    private static func user(_ site: Site) -> String {
        guard !isRoot else { return "" }
        let group = try? FileManager.default.attributesOfItem(atPath: site.folder)[.groupOwnerAccountName]
        return """
            default_internal_user = \(NSUserName())
            default_internal_group = \(group as? String ?? NSUserName())
            default_login_user = \(NSUserName())
            """
    }
}
