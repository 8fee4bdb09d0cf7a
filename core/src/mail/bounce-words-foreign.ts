/** Words by which servers refuse mail in languages other than English. The first that matches counts, from the special to the general. */
import type { ReplyClass } from '../domain/smtp-reply-class.ts'

export type BounceWords = {
  readonly class: ReplyClass
  readonly pattern: RegExp
  /** Goes before a code that says something else. */
  readonly decisive?: boolean
}

/** Word borders are left out: `\b` knows Latin letters without accents only. Gaps are bounded, so all patterns are linear. */
export const FOREIGN_WORDS: readonly BounceWords[] = [
  {
    class: 'rate_limited',
    pattern:
      /trop de (?:connexions|messages)|zu viele (?:verbindungen|nachrichten)|demasiad[oa]s (?:conexiones|mensajes)|troppe connessioni|muitas conexões|слишком много (?:соединений|писем)|发送频率|發送頻率/i,
  },
  {
    class: 'sender_refused',
    pattern:
      /[ée]metteur invalide|exp[ée]diteur (?:refus|inconnu|invalide)|absender.{0,30}(?:abgelehnt|ungültig|unbekannt)|remitente.{0,30}(?:rechazad|inv[aá]lid)|mittente.{0,30}(?:rifiutat|non valid)/i,
  },
  {
    class: 'mailbox_full',
    pattern:
      /(?:postfach|mailbox|speicherplatz|quota|kontingent).{0,40}(?:\bvoll\b|überfüllt|überschritten|erschöpft)|(?:bo[iî]te|messagerie|quota).{0,60}(?:pleine|satur[ée]|dépass[ée])|(?:buz[oó]n|cuota|casilla).{0,40}(?:llen[oa]|excedid|superad|agotad)|(?:casella|quota|spazio).{0,60}(?:\bpien[ao]|superat|esaurit)|(?:caixa|cota|quota).{0,60}(?:cheia|excedid|lotada|esgotad)|(?:mailbox|postvak|quotum).{0,40}(?:\bvol\b|overschreden)|(?:skrzynk|limit|konto).{0,40}(?:pełn|przepełn|przekrocz)|(?:ящик|квот).{0,40}(?:переполн|превыш|исчерп)|schránk.{0,40}(?:plná|překroč)|(?:postlåda|brevlåda|postkasse|indbakke).{0,30}(?:full|fuld|fyldt)|(?:メールボックス|受信箱|受信トレイ|クォータ).{0,20}(?:満杯|いっぱい|一杯|容量|超)|(?:邮箱|郵箱|信箱|收件箱).{0,12}(?:已满|已滿|空间不足|空間不足|容量|超)/i,
  },
  {
    class: 'too_large',
    pattern:
      /zu gro(?:ß|ss)|überschreitet.{0,40}größe|trop (?:volumineux|gros|grand)|demasiado grande|(?:supera|excede).{0,30}tamaño|troppo grande|supera.{0,30}dimension|muito grande|excede.{0,20}tamanho|taille limite|te groot|(?:zbyt|za) duż|слишком больш|превышает.{0,30}размер|大きすぎ|サイズ.{0,20}(?:超|制限)|(?:邮件|郵件|附件).{0,10}(?:过大|太大|過大)/i,
  },
  {
    class: 'mailbox_disabled',
    pattern:
      /(?:konto|postfach|benutzer|empfänger).{0,40}(?:gesperrt|deaktiviert|gelöscht|geschlossen)|(?:compte|bo[iî]te|adresse).{0,40}(?:désactivé|suspendu|fermé|bloqué|archiv[ée])|(?:cuenta|buz[oó]n|usuario).{0,40}(?:desactivad|inhabilitad|deshabilitad|suspendid|bloquead|cancelad)|(?:account|casella|utente|utenza).{0,40}(?:disattivat|disabilitat|sospes[ao]|bloccat|cessat)|(?:conta|caixa|usu[aá]rio).{0,40}(?:desativad|suspens|bloquead|encerrad)|(?:account|mailbox|postvak).{0,40}(?:uitgeschakeld|geblokkeerd|opgeheven)|(?:konto|skrzynka).{0,40}(?:zablokowan|wyłączon|usunięt|nieaktywn)|(?:ящик|уч[её]тн|пользовател).{0,40}(?:заблокирован|отключ[её]н|удал[её]н)|(?:アカウント|メールボックス).{0,20}(?:無効|停止)|(?:帳號|帐号|账号|账户|邮箱|用户).{0,8}(?:停用|暫停|冻结|凍結|禁用|注销)/i,
  },
  {
    class: 'no_such_domain',
    pattern:
      /(?:domain|domäne|host).{0,40}(?:nicht gefunden|existiert nicht|unbekannt)|(?:domaine|hôte).{0,40}(?:introuvable|inconnu|n'existe)|dominio.{0,40}(?:no existe|no (?:se )?(?:ha )?(?:podido )?encontr|desconocid|inexistente|non esiste|non (?:è stato )?trovat|sconosciut)|dom[ií]nio.{0,40}(?:n[aã]o existe|n[aã]o (?:foi )?encontrad|inexistente)|domein.{0,40}(?:bestaat niet|niet gevonden)|domen[ay].{0,40}(?:nie istnieje|nieznan|nie znalezion)|домен.{0,40}(?:не существует|не найден)|ドメイン.{0,30}(?:見つかりません|存在しません)|(?:域名|網域).{0,20}(?:不存在|无法解析|無法解析|找不到)/i,
  },
  {
    class: 'recipient_restricted',
    pattern:
      /keine berechtigung|nicht berechtigt|(?:pas|aucune) (?:l')?(?:autoris|permission)|(?:no tiene|sin) (?:permiso|autorizaci)|non (?:si dispone|hai|dispone).{0,30}autorizzazion|(?:n[aã]o tem|sem) (?:permiss|autoriza)|niet gemachtigd|geen (?:toestemming|machtiging)|(?:brak|nie masz) uprawnie|нет (?:прав|разрешени)|(?:権限|許可).{0,8}(?:ありません|されていません)|(?:没有|沒有|无|無).{0,6}(?:权限|權限)/i,
  },
  {
    class: 'unknown_user',
    pattern:
      /(?:benutzer|empfänger|adresse|konto|postfach).{0,60}(?:unbekannt|nicht (?:gefunden|vorhanden|bekannt|existiert)|existiert nicht|ungültig)|existiert (?:bei uns )?nicht|(?:utilisateur|destinataire|adresse|compte|bo[iî]te).{0,60}(?:inconnue?|introuvable|n'existe|invalide|inexistante?|pas (?:été )?trouvé)|no se (?:ha )?(?:podido )?encontr(?:ó|ado|ar)|(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n).{0,60}(?:desconocid|no existe|no (?:se )?(?:encontr|ha)|inexistente|inv[aá]lid)|no existe (?:ese|este|el|tal|dicha) (?:usuario|persona|buz)|(?:usu[aá]rio|destinat[aá]rio|endere[cç]o|\bconta\b|caixa).{0,60}(?:desconhecid|n[aã]o existe|inexistente|n[aã]o (?:foi )?encontrad|inv[aá]lid)|n[aã]o (?:foi poss[ií]vel )?(?:encontr|localiz)\w{0,6} .{0,20}(?:endere[cç]o|destinat|usu[aá]rio)|(?:utente|destinatario|indirizzo|casella).{0,60}(?:sconosciut|inesistente|non (?:esiste|trovat|valid|è stato trovat))|nessun utente|impossibile trovare.{0,30}(?:indirizzo|destinatario|utente|casella)|(?:gebruiker|adres|postbus|ontvanger).{0,60}(?:onbekend|bestaat niet|niet (?:gevonden|vinden))|(?:użytkownik|adres|konto|skrzynka|odbiorca).{0,60}(?:nieznan|nie istnieje|nie został.{0,3} (?:od|z)nalez)|nieznan\S{1,3} (?:odbiorca|adres|użytkownik)|nie (?:można|udało się) (?:odnaleźć|znaleźć).{0,40}(?:adres|odbiorc|użytkownik)|(?:пользовател|адрес|ящик|получател).{0,60}(?:не (?:найден|существует|обнаружен)|неизвест)|(?:не удалось найти|неизвестн\S{1,3}|нет такого|такого).{0,30}(?:адрес|ящик|получател|пользовател)|(?:ユーザ|宛先|アドレス).{0,40}(?:不明|見つかりません|存在しません|ありません)|(?:收件人|用户|用戶|邮箱|地址).{0,40}(?:不存在|未找到|无效|無效)|(?:找不到|查无此|查無此|无此|無此).{0,20}(?:地址|用户|用戶|收件人|邮箱|使用者|帳號)|(?:adresa|uživatel|příjemce).{0,40}(?:nebyl[ay]? nalezen|neexistuje)|(?:kullanıcı|adres).{0,40}(?:bulunamadı|yok)|(?:användaren|mottagaren|adressen|brugeren|modtageren).{0,40}(?:okänd|finns inte|findes ikke|ukendt|hittades inte)/i,
  },
  {
    class: 'login_required',
    pattern: /d ?'? ?authentification invalide|authentification requise/i,
  },
  {
    class: 'mail_loop',
    pattern: /mailschleife/i,
  },
  {
    class: 'relay_denied',
    pattern: /weiterleit\w+ nicht/i,
  },
]
