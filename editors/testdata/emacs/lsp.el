;;; lsp.el --- mapescape beside gopls by lsp-mode  -*- lexical-binding: t; -*-

;;; Code:

(require 't)
(t-require 'lsp-mode 'go-mode)
(require 'mapescape-lsp)

(setq lsp-auto-guess-root t
      lsp-enable-file-watchers nil
      lsp-session-file (expand-file-name "lsp-session" (getenv "HOME"))
      lsp-go-gopls-server-path (getenv "GOPLS")
      lsp-restart 'ignore)

(defun t-servers ()
  (sort (mapcar (lambda (w) (symbol-name (lsp--workspace-server-id w))) (lsp-workspaces)) #'string<))

(t-open "main.go" 'go-mode)
(lsp)
(t-wait "both servers"
        (lambda () (and (equal (t-servers) '("gopls" "mapescape"))
                        (cl-every (lambda (w) (eq (lsp--workspace-status w) 'initialized)) (lsp-workspaces)))))
(t-goto "seen := make" "make")
(t-wait "a hover that says may outlive"
        (lambda ()
          (let ((found nil))
            (dolist (workspace (lsp-workspaces))
              (with-lsp-workspace workspace
                (when (eq (lsp--workspace-server-id workspace) 'mapescape)
                  (let ((answer (lsp-request "textDocument/hover" (lsp--text-document-position-params))))
                    (when answer
                      (setq found (string-match-p "may outlive" (lsp--render-element (lsp:hover-contents answer)))))))))
            found)))
;; What they write may be in the way when their home is removed.
(let ((processes (mapcar #'lsp--workspace-cmd-proc (lsp-workspaces))))
  (mapc #'delete-process processes)
  (t-wait "the end of the servers" (lambda () (not (cl-some #'process-live-p processes)))))
(kill-emacs 0)
;;; lsp.el ends here
