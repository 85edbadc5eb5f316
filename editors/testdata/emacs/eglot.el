;;; eglot.el --- mapescape by Eglot  -*- lexical-binding: t; -*-

;;; Code:

(require 't)
(t-require 'eglot)
(require 'mapescape-eglot)

;; Any major mode for Go will do, as long as it has that name.
(unless (fboundp 'go-mode)
  (define-derived-mode go-mode prog-mode "Go"))

(setq eglot-sync-connect 20
      eglot-autoshutdown nil)

(defun t-hover ()
  (let ((answer (jsonrpc-request (eglot-current-server) :textDocument/hover
                                 (eglot--TextDocumentPositionParams))))
    (if answer (format "%s" (eglot--hover-info (plist-get answer :contents) (plist-get answer :range))) "")))

(defun t-hover-says (text)
  (t-wait (format "a hover that says %s" text)
          (lambda () (string-match-p (regexp-quote text) (t-hover)))))

(t-open "main.go" 'go-mode)
(mapescape-eglot)
(t-wait "the server" #'eglot-current-server)
(t-check "it is ours" (equal (plist-get (eglot--server-info (eglot-current-server)) :name) "mapescape")
         (eglot--server-info (eglot-current-server)))
(t-goto "seen := make" "make")
(t-hover-says "may outlive")

;; After an edit and a save.
(t-goto "small :=" "map[string]bool")
(delete-region (point) (line-end-position))
(insert "make(map[string]bool, len(kept))")
(save-buffer)
(t-goto "small :=" "make")
(t-hover-says "stack")

;; A package that does not build, and recovers.
(t-goto "return seen" "seen")
(insert "un")
(save-buffer)
(t-goto "seen := make" "make")
(t-hover-says "Old")
(t-goto "return unseen" "unseen")
(delete-char 2)
(save-buffer)
(t-goto "seen := make" "make")
(t-wait "a hover that is new"
        (lambda () (let ((text (t-hover)))
                     (and (string-match-p "may outlive" text) (not (string-match-p "Old" text))))))

;; A diagnostic, and a code action for it.
(flymake-mode 1)
(t-wait "a diagnostic at the loop"
        (lambda ()
          (flymake-start)
          (save-excursion
            (t-goto "for k, _ := range m" "for")
            (cl-some (lambda (d) (string-match-p "deletes every entry of m" (flymake-diagnostic-text d)))
                     (flymake-diagnostics (line-beginning-position) (line-end-position))))))
(t-goto "for k, _ := range m" "for")
(cl-letf (((symbol-function 'completing-read)
           (lambda (_prompt collection &rest _)
             (let ((titles (all-completions "" collection)))
               (or (cl-find-if (lambda (title) (string-match-p "clear(m)" title)) titles)
                   (t-fail "no clear(m) in %S" titles))))))
  (eglot-code-actions (line-beginning-position) (line-end-position) nil t))
(t-wait "the rewritten loop"
        (lambda () (save-excursion (goto-char (point-min)) (search-forward "\tclear(m)" nil t))))
(save-buffer)
(t-check "saved" (with-temp-buffer
                   (insert-file-contents (expand-file-name "main.go" (getenv "WORKSPACE")))
                   (search-forward "\tclear(m)" nil t)))

;; Another call starts it anew.
(let ((first (eglot-current-server)))
  (mapescape-eglot)
  (t-wait "another server" (lambda () (let ((now (eglot-current-server))) (and now (not (eq now first)))))))
(eglot-shutdown (eglot-current-server))
(kill-emacs 0)
;;; eglot.el ends here
